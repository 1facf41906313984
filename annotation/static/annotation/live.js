// A region that renews itself (#live) keeps what the reader did to it: where the focus is, how far a frame was scrolled,
// what was unfolded. htmx gives the focus back too early for what stands in a fold.
(() => {
  "use strict";
  let kept = [];
  let focused = "";

  const live = () => document.getElementById("live");

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== live()) return;
    const regions = live().querySelectorAll(":is(.table-frame, details)[id]");
    kept = [...regions].map(({ id, open, scrollLeft, scrollTop }) => ({ id, open, scrollLeft, scrollTop }));
    focused = live().contains(document.activeElement) ? document.activeElement.id : "";
  });

  document.addEventListener("htmx:afterSettle", () => {
    for (const { id, open, scrollLeft, scrollTop } of kept.splice(0)) {
      const region = document.getElementById(id);
      if (!region) continue;
      if (open !== undefined) region.open = open;
      region.scrollTo(scrollLeft, scrollTop);
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    focused = "";
  });
})();
