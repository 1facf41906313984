// Texts that go with a form but with no label: notes and answers to them. Kept in this tab until the server has them.
(() => {
  "use strict";
  const name = (field) => `written:${field.dataset.written}`;
  const each = (root, act) => root.querySelectorAll("[data-written]").forEach(act);
  const stored = (act) => {
    try {
      return act(sessionStorage);
    } catch {
      return null; // storage is blocked or full: the text still stands in the form
    }
  };

  const restore = () => each(document, (field) => {
    field.value ||= stored((store) => store.getItem(name(field))) || "";
  });

  document.addEventListener("input", (event) => {
    if (event.target.dataset.written) stored((store) => store.setItem(name(event.target), event.target.value));
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.querySelectorAll) each(form, (field) => stored((store) => store.removeItem(name(field))));
  });

  document.addEventListener("htmx:afterSwap", restore);
  document.addEventListener("DOMContentLoaded", restore);
})();
