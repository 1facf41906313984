// Colors, contrast and text size: kept in this browser; read before the page is drawn, so that nothing flashes.
(() => {
  "use strict";
  const FIRST = { theme: "system", contrast: "system", size: "normal" };
  const highContrast = matchMedia("(prefers-contrast: more)");

  const read = (name) => {
    try {
      return localStorage.getItem(name) || FIRST[name];
    } catch {
      return FIRST[name]; // storage is blocked: a choice then lasts for one page
    }
  };

  const keep = (name, choice) => {
    try {
      localStorage.setItem(name, choice);
    } catch {
      // as above
    }
  };

  const apply = (name, choice) => {
    const isHigh = name === "contrast" && choice === "system" && highContrast.matches;
    document.documentElement.dataset[name] = isHigh ? "more" : choice;
    const field = document.querySelector(`#comfort [name=${name}][value=${CSS.escape(choice)}]`);
    if (field) field.checked = true;
  };

  const applyAll = () => Object.keys(FIRST).forEach((name) => apply(name, read(name)));

  applyAll();
  highContrast.addEventListener("change", applyAll);
  window.addEventListener("storage", applyAll);
  document.addEventListener("DOMContentLoaded", () => {
    applyAll();
    document.getElementById("comfort").addEventListener("change", ({ target }) => {
      keep(target.name, target.value);
      apply(target.name, target.value);
    });
  });
})();
