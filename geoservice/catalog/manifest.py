"""layer.toml: what a layer says of itself and of the columns in its file."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from geoservice.i18n import Language, Text
from geoservice.question import Assumption, require_ordered
from geoservice.vocabulary import FULL_CIRCLE_DEG, Access, Case, Role, Status

IDENTIFIER = re.compile(r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")

STANDARD_COLUMNS = (
    "id",
    "name_en",
    "name_zh",
    "kind",
    "status",
    "valid_from",
    "valid_to",
    "owner",
    "access",
    "weight",
)
"""The fields that every layer may map; any other target of a mapping becomes an attribute of that name."""

CAMERA_FIELDS = ("bearing_deg", "view_angle_deg", "range_m", "nearest_m")
"""The fields that layers of cameras may map besides."""

RESERVED_COLUMNS = frozenset({"geometry", "zone_label", "row", "layer", "assumed", "zone_id", "parent_id"})

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not IDENTIFIER.match(value):
        msg = "be letters, digits and single hyphens"
        raise ValueError(msg)
    return value


Identifier = Annotated[str, Field(max_length=80), BeforeValidator(_identifier)]


class Credit(BaseModel):
    """A source or a licence: its name in both languages and, where there is one, its address."""

    model_config = _FROZEN

    name: Text
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")


class Position(BaseModel):
    """Where a row's position is: its geometry, its longitude and latitude, or its grid columns.

    Where two are given, `primary` is kept and the other is compared with it: farther apart than `tolerance_m` is a
    warning, farther than `conflict_m` an error. `missing = "listed"` keeps rows whose position is not published as
    records without a place; otherwise a row without a position is an error.
    """

    model_config = _FROZEN

    lon: str | None = None
    lat: str | None = None
    easting: str | None = None
    northing: str | None = None
    grid_crs: str | None = None
    primary: Literal["geometry", "lonlat", "grid"] | None = None
    tolerance_m: float = Field(default=5.0, ge=0)
    conflict_m: float = Field(default=1000.0, gt=0)
    missing: Literal["error", "listed"] = "error"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        problem = None
        if (self.lon is None) != (self.lat is None):
            problem = "lon and lat go together; one of them is missing"
        elif (self.easting is None) != (self.northing is None):
            problem = "easting and northing go together; one of them is missing"
        elif self.easting is not None and self.grid_crs is None:
            problem = "grid_crs must say which grid easting and northing are in"
        elif self.primary == "lonlat" and self.lon is None:
            problem = "primary is lonlat but lon and lat are not given"
        elif self.primary == "grid" and self.easting is None:
            problem = "primary is grid but easting and northing are not given"
        elif self.conflict_m < self.tolerance_m:
            problem = "conflict_m must not be smaller than tolerance_m"
        if problem:
            raise ValueError(problem)
        return self


class ZoneLabel(BaseModel):
    """A column that says in which zone a row lies: compared with the polygon that it does lie in."""

    model_config = _FROZEN

    column: str
    zone_system: str


class Join(BaseModel):
    """How the rows of a table belong to zones: the column that names the zone, by its code or by a name of it.

    `where` takes only the rows whose fields have these values, such as those of one year.
    """

    model_config = _FROZEN

    zone_system: Identifier
    column: str = Field(min_length=1)
    by: Literal["code", "name"]
    where: dict[str, str] = Field(default_factory=dict)


class Attribute(BaseModel):
    """A field worth showing: `name` alone, or `name_en` and `name_zh` where the file has both languages."""

    model_config = _FROZEN

    name: str = Field(min_length=1)
    title: Text
    unit: str | None = None


class KnownGap(BaseModel):
    """Records that are known to be missing from the source: no check can find them, so they are said."""

    model_config = _FROZEN

    note: Text
    count: int | None = Field(default=None, ge=1)


class Accepted(BaseModel):
    """Problems that were looked at and are accepted as they are, with the reason.

    Rows are named by their ids or row numbers, so that a new bad row is never accepted unseen; without either the entry
    accepts a problem of the whole layer.
    """

    model_config = _FROZEN

    code: str
    ids: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    reason: Text


class Style(BaseModel):
    """How a layer is drawn."""

    model_config = _FROZEN

    colour: str = Field(default="#1f4e79", pattern=r"^#[0-9a-fA-F]{6}$")
    symbol: Literal["circle", "square", "diamond", "triangle", "cross"] = "circle"
    shown: bool = True


class Nearest(BaseModel):
    """How near a camera begins to see, in metres: 0 is at its foot."""

    model_config = _FROZEN

    low: float = Field(default=0, ge=0)
    mid: float = Field(default=0, ge=0)
    high: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered(self.low, self.mid, self.high)
        return self


class CameraDefaults(BaseModel):
    """What a camera layer takes for granted where a camera does not say: each with a low and a high.

    `north` says what the layer's bearings are measured from. A camera without a bearing is taken to look all round.
    """

    model_config = _FROZEN

    north: Literal["true", "grid"] = "true"
    range_m: Assumption
    view_angle_deg: Assumption
    nearest_m: Nearest = Nearest()
    assumption: Text

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.view_angle_deg.high > FULL_CIRCLE_DEG:
            msg = "view_angle_deg is at most 360"
            raise ValueError(msg)
        if self.nearest_m.high >= self.range_m.low:
            msg = "nearest_m must be less than range_m even at its highest"
            raise ValueError(msg)
        return self

    def value(self, field: str, case: Case) -> float:
        """Give the assumed value of a field; what is hidden at a camera's foot is most where coverage is low."""
        if field == "nearest_m":
            return {Case.LOW: self.nearest_m.high, Case.MID: self.nearest_m.mid, Case.HIGH: self.nearest_m.low}[case]
        assumption: Assumption = getattr(self, field)
        return assumption.at(case)


class LayerManifest(BaseModel):
    """layer.toml, whole."""

    model_config = _FROZEN

    id: Identifier
    role: Role
    title: Text
    description: Text
    file: str = Field(min_length=1)
    sheet: str | None = None
    source: Credit
    licence: Credit
    as_of: date = Field(strict=True)
    update_frequency: Text
    crs: str | None = None
    encoding: str | None = None
    records: str | None = Field(default=None, min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    heading_row: int = Field(default=1, ge=1, le=1000)
    missing_values: tuple[str, ...] = ()
    position: Position = Position()
    columns: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    zone_label: ZoneLabel | None = None
    join: Join | None = None
    attributes: tuple[Attribute, ...] = ()
    kinds: dict[str, Text] = Field(default_factory=dict)
    words_zh: dict[str, str] = Field(default_factory=dict)
    weight: Text | Literal["length"] | None = None
    camera: CameraDefaults | None = None
    illustrative: bool = False
    generated_by: str | None = None
    known_gaps: tuple[KnownGap, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    style: Style = Style()

    @field_validator("file")
    @classmethod
    def _beside_the_manifest(cls, file: str) -> str:
        if "/" in file or "\\" in file or file.startswith("."):
            msg = "be the name of a file in the layer's own folder"
            raise ValueError(msg)
        return file

    @field_validator("columns")
    @classmethod
    def _targets_are_free(cls, columns: dict[str, str]) -> dict[str, str]:
        taken = sorted(RESERVED_COLUMNS & set(columns))
        if taken:
            msg = f"'{taken[0]}' is a name of the service's own; choose another one"
            raise ValueError(msg)
        return columns

    @field_validator("dates")
    @classmethod
    def _own_fields(cls, dates: tuple[str, ...]) -> tuple[str, ...]:
        taken = sorted({*STANDARD_COLUMNS, *CAMERA_FIELDS, *RESERVED_COLUMNS} & set(dates))
        if taken:
            msg = f"'{taken[0]}' is a field of the service's own, whose kind is known; name the layer's own fields"
            raise ValueError(msg)
        return dates

    @property
    def weighs_by_length(self) -> bool:
        """Whether the weight of this demand is the length of its lines, in metres."""
        return self.weight == "length"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for field, values in (("defaults", self.defaults), ("values", self.values)):
            unknown = sorted(set(values) - {*STANDARD_COLUMNS, *CAMERA_FIELDS})
            if unknown:
                msg = f"{field}.{unknown[0]} is not one of {', '.join(STANDARD_COLUMNS)}"
                raise ValueError(msg)
        for field, words in (("status", Status), ("access", Access)):
            default = self.defaults.get(field)
            if default is not None and default not in list(words):
                msg = f"defaults.{field} should be one of {', '.join(words)}, not {default!r}"
                raise ValueError(msg)
        if (self.role is Role.CAMERA) != (self.camera is not None):
            msg = "a layer of cameras, and no other, needs [camera]: what is assumed where a camera does not say"
            raise ValueError(msg)
        if self.join is not None and (self.role is not Role.TABLE or self.zone_label is not None):
            msg = "join is for a layer of the role table, and takes the place of zone_label"
            raise ValueError(msg)
        if self.join is not None and not self.attributes:
            msg = "a table that is joined to zones needs [[attributes]]: which of its figures to show"
            raise ValueError(msg)
        if self.role is Role.DEMAND and self.weight is None:
            msg = "weight must say what the demand's weight counts (a title in both languages, or 'length')"
            raise ValueError(msg)
        if self.weighs_by_length and (self.role is not Role.DEMAND or "weight" in self.columns):
            msg = 'weight = "length" is for a layer of demand without a column of weights'
            raise ValueError(msg)
        return self

    def in_words(self, value: str | None, language: Language) -> str | None:
        """Give a value such as an owner's name in the reader's language, where layer.toml has it."""
        return self.words_zh.get(value, value) if language == "zh" and value is not None else value

    def kind_title(self, kind: str | None) -> Text:
        """Name a kind of features of this layer; the layer's own title where the kind has none."""
        return self.kinds.get(kind or "", self.title)
