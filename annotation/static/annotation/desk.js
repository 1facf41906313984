// The desk of an annotator or adjudicator: one form, whose answer is the next item. An annotator's answer goes into the
// outbox, and the next item, fetched ahead, is painted at once; where none is ahead, the answer brings it.
(() => {
  "use strict";
  const { flywheel } = window;
  const { ahead, drafts, hold, outbox } = flywheel;
  const GUARD_MS = 200; // a key pressed twice must not answer the item that came after the first press

  let shownAt = performance.now();
  let sender = null; // the button of the last form that was sent
  let selected = "";
  let awaited = null; // the answer in the outbox that brings the next item: { name, item }
  let undoWaits = false;

  const work = () => document.getElementById("work");
  const form = () => document.getElementById("label");
  const trouble = () => document.getElementById("trouble");
  const said = (text) => { document.getElementById("said").textContent = text; };
  const note = (text) => { const place = document.querySelector("#work .last"); if (place) place.textContent = text; };

  // --- Troubles, in words, beside the form

  const show = (name) => {
    const place = trouble();
    if (!place) return;
    place.replaceChildren(document.getElementById(name).content.cloneNode(true));
    reveal();
  };

  const reveal = () => {
    document.querySelector("[popover]:popover-open")?.hidePopover();
    trouble().scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-again]")) return;
    if (awaited) outbox.send();
    else if (sender?.isConnected) sender.click();
  });

  document.addEventListener("flywheel:away", () => show("trouble-away"));

  // --- What stands on the desk

  const paint = (next) => {
    document.querySelector("[popover]:popover-open")?.hidePopover();
    work().replaceWith(next);
    htmx.process(next);
    arrive();
    look();
  };

  /** Where the item begins, for eyes and for screen readers. */
  const look = () => {
    document.getElementById("headline").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };

  const arrive = () => {
    shownAt = performance.now();
    sender = null;
    selected = "";
    awaited = null;
    hold.begin();
    if (form()) drafts.restore(form(), Number(work().dataset.writtenAt) || Date.now());
  };

  /** The page's own address gives the item that one holds, else the next. */
  const reload = async () => {
    const came = await flywheel.get(work().dataset.here || location.pathname);
    const next = came.kind === "done" ? ahead.parse(came.text) : null;
    if (next) paint(next);
    else show(came.kind === "broken" ? "trouble-server" : "trouble-network");
    ahead.ask();
  };

  // --- An annotator's answers

  const keepAnswer = (sent, button) => {
    const fields = [...new FormData(sent, button)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const values = Object.fromEntries(fields);
    if ("duration_ms" in values) fields.find(([name]) => name === "duration_ms")[1] = String(Math.round(performance.now() - shownAt));
    drafts.forget(values.item);
    const title = (button.querySelector(".name") || button).textContent.replace(button.querySelector("kbd")?.textContent, "").trim();
    return outbox.add({ id: values.submission_id, item: values.item, url: sent.action, kind: sent.dataset.answer, title, fields });
  };

  const answer = (sent, button) => {
    if (awaited || !button?.value) return; // no reason is chosen, or one answer is enough
    const item = work().dataset.item;
    const next = ahead.take();
    const name = keepAnswer(sent, button);
    if (next) {
      paint(next);
      said(document.getElementById("headline").textContent);
      note("");
    } else {
      awaited = { name, item };
      hush(true);
    }
  };

  /** While the answer is on its way no second one can be given. */
  const hush = (isAway) => {
    for (const reasons of document.querySelectorAll("#work fieldset.reasons, #work .other")) reasons.inert = isAway;
    if (form()) form().querySelector("fieldset.reasons").disabled = isAway;
  };

  const goOn = (next) => {
    paint(next);
    said(next.dataset.said);
    ahead.ask();
  };

  /** What an answer says beside the item that is in sight by now. */
  const reconcile = (answered) => {
    said(answered.dataset.said);
    note(answered.dataset.said);
    const undo = document.querySelector("#work form.undo");
    const fresh = answered.querySelector("form.undo");
    if (undo && fresh) {
      undo.replaceWith(fresh);
      htmx.process(fresh);
    }
    if (undoWaits && !outbox.waiting().length) fresh?.querySelector("button")?.click();
    else showAndAsk();
  };

  const showAndAsk = async () => {
    const { item, shown, saw } = work().dataset;
    if (item && shown && saw !== item) {
      const came = await flywheel.send(shown, { item });
      if (work().dataset.item !== item) return;
      if (came.kind === "refused") trouble().innerHTML = came.text;
      if (came.kind === "done") work().dataset.saw = item;
    }
    if (!outbox.waiting().length) ahead.ask();
  };

  document.addEventListener("flywheel:answered", ({ detail: { entry, html } }) => {
    const answered = ahead.parse(html);
    if (awaited?.name === entry.name) goOn(answered);
    else if (entry.url.startsWith(location.origin + location.pathname)) reconcile(answered);
  });

  document.addEventListener("flywheel:refused", ({ detail: { entry, html } }) => {
    if (awaited?.name !== entry.name) return showAndAsk();
    awaited = null;
    hush(false);
    trouble().innerHTML = html;
    reveal();
  });

  document.addEventListener("flywheel:paused", ({ detail: { why } }) => awaited && show(`kept-${why}`));
  document.addEventListener("flywheel:broken", ({ detail: { entry } }) => awaited?.name === entry.name && show("kept-server"));
  // Another tab has sent it.
  document.addEventListener("flywheel:outbox", () => {
    if (!awaited || outbox.has(awaited.name)) return;
    awaited = null;
    reload();
  });

  document.addEventListener("submit", (event) => {
    sender = event.submitter;
    const isUndo = event.target.matches("form.undo");
    if (isUndo && outbox.waiting().length) {
      // Which label is the last one shows when those on their way have arrived.
      undoWaits = true;
      note(document.querySelector("#work .last").dataset.waits);
    } else if (!event.target.matches("form[data-answer]")) {
      undoWaits = false;
      return;
    } else {
      answer(event.target, event.submitter);
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // --- Forms that wait for their answer: an adjudicator's, and undo

  document.addEventListener("htmx:configRequest", (event) => {
    const sent = event.detail.parameters;
    // Whoever signed in again in another tab has a new token there; the one in this form is stale.
    if (flywheel.cookie("csrftoken")) sent.csrfmiddlewaretoken = flywheel.cookie("csrftoken");
    event.detail.headers["X-Person"] = flywheel.person;
    if (event.detail.elt.id === "label") sent.duration_ms = String(Math.round(performance.now() - shownAt));
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal in words names its place; any other error page must not stand where the item stood.
    if (event.detail.isError && event.detail.xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) show("trouble-server");
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => show("trouble-network"));

  document.addEventListener("htmx:beforeRequest", () => {
    work().dataset.sent = work().dataset.item || "";
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "trouble") return reveal();
    if (event.detail.requestConfig.elt.id === "label") drafts.forget(event.detail.target.dataset.sent);
    arrive();
    said(work().dataset.said);
    look();
    ahead.ask();
  });

  // --- Keys and text

  document.addEventListener("keydown", (event) => {
    if (performance.now() - shownAt < GUARD_MS && !event.ctrlKey && !event.metaKey) event.stopImmediatePropagation();
  }, true);

  document.addEventListener("keydown", (event) => {
    // A browser would press the form's first button.
    if (event.key === "Enter" && event.target.matches("#label input")) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form === form()) drafts.keep(form());
  });

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const inside = selection.anchorNode?.parentElement?.closest(".evidence");
    if (inside && !selection.isCollapsed) selected = selection.toString().trim();
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.name !== "quote" || event.target.value || !selected) return;
    event.target.value = selected;
    drafts.keep(event.target.form);
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!work()) return;
    arrive();
    ahead.ask();
  });
})();
