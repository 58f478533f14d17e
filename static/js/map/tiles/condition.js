/* What a server is asked for (CQL2) where only some values of properties are to be shown; an empty one stands for none. */
export function conditionOf(filters) {
  const parts = Object.entries(filters).map(([name, values]) => {
    const texts = [...values].filter(Boolean).map((value) => "'" + value.replaceAll("'", "''") + "'");
    const either = [texts.length && `${name} IN (${texts.join(",")})`, values.has("") && `${name} IS NULL`].filter(Boolean);
    return either.length ? `(${either.join(" OR ")})` : `(${name} IS NULL AND ${name} IS NOT NULL)`;
  });
  return parts.join(" AND ");
}
