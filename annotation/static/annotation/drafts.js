// What is typed and not sent yet: kept in this browser at once, and on the server a moment later, so that it stands in
// the form wherever the item is opened. Of both the newest counts.
(() => {
  "use strict";
  const { flywheel } = window;
  const { store } = flywheel;
  const NAME = "draft:";
  const PAUSE_MS = 1000;
  const AGAIN_MS = 15_000;
  const KEPT_MS = 30 * 24 * 3600 * 1000;
  const FIELDS = ["comment", "correction", "quote"];

  let timer = 0;

  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(sendAll, ms);
  };

  const say = (item, state) => {
    for (const place of document.querySelectorAll(`form[data-draft-of="${CSS.escape(item)}"] .draft-state`)) {
      place.textContent = place.dataset[state] || "";
    }
  };

  const itemOf = (form) => form.querySelector("[name=item]").value; // `elements.item` is a method

  const typed = (form) => {
    const texts = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
    return { ...texts, certainty: form.elements.certainty.value };
  };

  const fill = (form, draft) => {
    for (const name of FIELDS) form.elements[name].value = draft[name];
    for (const choice of form.elements.certainty) choice.checked = choice.value === draft.certainty;
    const more = form.querySelector("details.more");
    if (more && (draft.correction || draft.quote || draft.certainty)) more.open = true;
  };

  /** Send what is only here. Without an address it is kept in this browser alone. */
  const send = async (name) => {
    const draft = store.get(name);
    if (!draft?.url) return;
    const item = name.slice(NAME.length);
    const { url, ticket, at, comment, correction, quote, certainty } = draft;
    const fields = { item, ticket, comment, correction, quote, certainty, age_ms: String(Math.max(0, Date.now() - at)) };
    const came = await flywheel.send(url, fields);
    if (store.get(name)?.at !== at) return; // typed on, or answered
    const isSaved = came.status === 204;
    if (isSaved || came.status === 410) store.remove(name);
    else if (came.kind !== "refused") later(AGAIN_MS);
    say(item, isSaved ? "saved" : "kept");
  };

  const sendAll = async () => {
    clearTimeout(timer);
    for (const name of store.names(NAME)) await send(name);
  };

  flywheel.drafts = {
    keep(form) {
      const item = itemOf(form);
      store.set(NAME + item, { ...typed(form), at: Date.now(), url: form.dataset.draft, ticket: form.elements.ticket.value });
      say(item, form.dataset.draft ? "saving" : "kept");
      if (form.dataset.draft) later(PAUSE_MS);
    },
    /** Put back what is newer here than what the server wrote into the form, which it did at `writtenAt`. */
    restore(form, writtenAt) {
      const item = itemOf(form);
      form.dataset.draftOf = item;
      const age = form.querySelector(".notes").dataset.age;
      const draft = store.get(NAME + item);
      if (age) say(item, "saved");
      if (!draft) return;
      if (age && writtenAt - Number(age) > draft.at) return store.remove(NAME + item);
      fill(form, draft);
      say(item, "kept");
      if (draft.url) later(0);
    },
    forget(item) {
      store.remove(NAME + item);
      say(item, "");
    },
  };

  const clear = () => {
    for (const name of store.names(NAME)) if (Date.now() - store.get(name).at > KEPT_MS) store.remove(name);
  };

  window.addEventListener("online", sendAll);
  window.addEventListener("pagehide", sendAll);
  document.addEventListener("visibilitychange", () => document.hidden && sendAll());
  document.addEventListener("DOMContentLoaded", () => { clear(); sendAll(); });
})();
