// The guide beside the item: opened and closed by its link's key, kept open by a pin that this browser remembers.
// It is fetched when it is first wanted, once a kind of signal, and never waited for by the item.
(() => {
  "use strict";
  const PIN = "guide-pinned";
  const ROOM = matchMedia("(min-width: 75rem)"); // below that it is a sheet over the item, which no pin holds open
  const root = document.documentElement;
  const known = new Map();
  let pinned = false;
  let item = null;

  const panel = () => document.getElementById("guide");
  const body = () => document.getElementById("guide-body");
  const link = () => document.getElementById("guide-link");
  const isOpen = () => root.dataset.guide === "open";

  try {
    pinned = localStorage.getItem(PIN) === "yes";
  } catch {
    // storage is blocked: the pin lasts as long as the page
  }
  // Before anything is painted, so that nothing moves.
  if (pinned && ROOM.matches) root.dataset.guide = "open";

  const load = async (href) => {
    if (body().dataset.shown === href) return;
    body().dataset.shown = href;
    body().setAttribute("aria-busy", "true");
    try {
      if (!known.has(href)) known.set(href, fetched(href));
      const html = await known.get(href);
      if (body().dataset.shown === href) body().innerHTML = html;
    } catch {
      known.delete(href);
      if (body().dataset.shown === href) trouble(href);
    }
    body().removeAttribute("aria-busy");
  };

  const fetched = async (href) => {
    const answer = await fetch(href, { headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  };

  const trouble = (href) => {
    delete body().dataset.shown;
    body().replaceChildren(document.getElementById("guide-trouble").content.cloneNode(true));
    body().querySelector("a").href = href;
  };

  const show = () => {
    root.dataset.guide = "open";
    sync();
  };

  const hide = () => {
    const inside = panel().contains(document.activeElement);
    delete root.dataset.guide;
    sync();
    if (inside) document.getElementById("headline")?.focus({ preventScroll: true });
  };

  // After each change of the page: a new item closes what isn't pinned, and what is open speaks of the item at hand.
  const sync = () => {
    const now = document.getElementById("work")?.dataset.item ?? null;
    if (now !== item) {
      item = now;
      if (item && pinned && ROOM.matches) root.dataset.guide = "open";
      else delete root.dataset.guide;
    }
    document.getElementById("guide-pin").setAttribute("aria-pressed", String(pinned));
    if (!link()) return;
    link().setAttribute("aria-controls", "guide");
    link().setAttribute("aria-expanded", String(isOpen()));
    if (isOpen()) load(link().getAttribute("href"));
  };

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("#guide-link")) {
      event.preventDefault();
      if (isOpen()) return hide();
      show();
      panel().focus({ preventScroll: true });
    } else if (event.target.closest("#guide-close")) {
      hide();
    } else if (event.target.closest("#guide-pin")) {
      pinned = !pinned;
      try {
        localStorage.setItem(PIN, pinned ? "yes" : "no");
      } catch {
        // as above
      }
      sync();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !panel()?.contains(document.activeElement)) return;
    event.preventDefault();
    hide();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!panel()) return;
    item = document.getElementById("work").dataset.item ?? null;
    if (!item) delete root.dataset.guide;
    sync();
    new MutationObserver(sync).observe(panel().parentElement, { childList: true, subtree: true });
  });
})();
