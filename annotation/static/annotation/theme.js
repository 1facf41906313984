// Colors: as the system says, light, or dark. Kept in this browser; read before the page is drawn, so it never flashes.
(() => {
  "use strict";
  const CHOICES = ["system", "light", "dark"];

  const read = () => {
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return "system"; // storage is blocked: the switch then lasts for one page
    }
  };

  const apply = (choice) => {
    document.documentElement.dataset.theme = choice;
    const button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.title = button.dataset[choice];
    button.querySelector("span").textContent = button.dataset[choice];
  };

  const change = () => {
    const now = document.documentElement.dataset.theme;
    const choice = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // as above
    }
    apply(choice);
  };

  apply(read());
  document.addEventListener("DOMContentLoaded", () => {
    apply(read());
    document.getElementById("theme").addEventListener("click", change);
  });
})();
