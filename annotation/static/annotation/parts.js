// Parts of a long conversation, fetched into the page where they belong. Without a script their links lead to a page.
(() => {
  "use strict";

  const insert = (place, html) => {
    const part = document.createElement("div");
    part.className = "part";
    part.tabIndex = -1;
    part.innerHTML = html;
    place.replaceWith(part);
    part.focus({ preventScroll: true });
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    link.ariaBusy = "true";
    try {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(answer.status);
      insert(link.closest(".part"), await answer.text());
    } catch {
      // The link itself shows what went wrong, and leaves the item where it is.
      link.ariaBusy = "false";
      window.open(link.href, "_blank", "noopener");
    }
  });
})();
