// A security key that says nothing, or was not wanted after all, is told on the page and not on the console alone.
(() => {
  "use strict";
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    document.getElementById("key-trouble").hidden = false;
  });
})();
