/* Boxes that scroll tell at which of their edges there is more, for the style sheet to hint at it. */

/* Whether there is more before and after what is seen, along the way that a box scrolls. */
export function moreOf({ scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight }) {
  const left = Math.max(scrollWidth - clientWidth - scrollLeft, scrollHeight - clientHeight - scrollTop);
  return { before: Math.max(scrollLeft, scrollTop) > 1, after: left > 1 };
}

/* Keep the classes gs-more-before and gs-more-after of a box as it scrolls, and as its room changes. */
export function tellEdges(box) {
  const tell = () => {
    const more = moreOf(box);
    box.classList.toggle("gs-more-before", more.before);
    box.classList.toggle("gs-more-after", more.after);
  };
  box.addEventListener("scroll", tell, { passive: true });
  new ResizeObserver(tell).observe(box);
  return tell;
}
