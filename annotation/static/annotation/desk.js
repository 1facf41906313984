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
  let given = null; // the last answer, while it is in the outbox: { name, isAwaited }; awaited, it brings the next item
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
    const words = document.getElementById(name);
    const isNew = place.innerHTML !== words.innerHTML;
    place.replaceChildren(words.content.cloneNode(true));
    if (isNew) reveal(); // each try that fails says the same, and closes nothing that was opened since
  };

  const reveal = () => {
    document.querySelector("[popover]:popover-open")?.hidePopover();
    trouble().scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-again]")) return;
    if (given?.isAwaited) outbox.send();
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
    given = null;
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

  /** What was fetched ahead says of the item that has been answered since that it is still to do. */
  const mark = (next, sent, button) => {
    if (sent.dataset.answer !== "label") return;
    const item = new FormData(sent).get("item");
    for (const chip of next.querySelectorAll(`a.member[href*="item=${CSS.escape(item)}"] .chip`)) {
      chip.textContent = titleOf(button);
      chip.className = `chip ${button.closest(".outcome")?.classList[1] || ""}`;
    }
  };

  const titleOf = (button) =>
    (button.querySelector(".name") || button).textContent.replace(button.querySelector("kbd")?.textContent, "").trim();

  const keepAnswer = (sent, button) => {
    const fields = [...new FormData(sent, button)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const values = Object.fromEntries(fields);
    if ("duration_ms" in values) fields.find(([name]) => name === "duration_ms")[1] = String(Math.round(performance.now() - shownAt));
    drafts.forget(values.item);
    const kept = { id: values.submission_id, item: values.item, url: sent.action, kind: sent.dataset.answer };
    return outbox.add({ ...kept, title: titleOf(button), fields });
  };

  const answer = (sent, button) => {
    if (given?.isAwaited || !button?.value) return; // one answer is enough, and no reason is none
    const next = ahead.take();
    if (next) {
      const name = keepAnswer(sent, button);
      mark(next, sent, button);
      paint(next);
      given = { name, isAwaited: false };
      said(document.getElementById("headline").textContent);
      note("");
      const undo = document.querySelector("#work form.undo button");
      if (undo) undo.disabled = false; // it was made before there was anything to take back
    } else {
      given = { name: keepAnswer(sent, button), isAwaited: true };
      hush(true);
    }
  };

  /** While the answer is on its way no second one can be given. */
  const hush = (isAway) => {
    form().querySelector("fieldset.reasons").disabled = isAway;
    for (const part of document.querySelectorAll("#label, #work .other")) part.inert = isAway;
  };

  const goOn = (next) => {
    paint(next);
    said(next.dataset.said);
    if (undoWaits) undoIfAsked();
    else ahead.ask();
  };

  const isHere = (entry) => new URL(entry.url).pathname.startsWith(location.pathname);

  flywheel.then = (entry) => {
    if (!isHere(entry)) return "nothing";
    if (given?.isAwaited && given.name === entry.name) return "";
    const isLast = outbox.waiting().at(-1)?.name === entry.name;
    return (isLast && !given?.isAwaited && work().dataset.item) || "nothing";
  };

  /** The answer to something that was answered before what is in sight. */
  const reconcile = (answered, then) => {
    if (answered) {
      said(answered.dataset.said);
      note(answered.dataset.said);
      renewUndo(answered.querySelector("form.undo"));
    }
    if (!answered || !then) return showAndAsk();
    if (then !== work().dataset.item) return;
    ahead.put(answered);
    // It was asked for beside an item that has been answered since.
    const after = given?.isAwaited && ahead.take();
    if (!after) return;
    const { name } = given;
    paint(after);
    given = { name, isAwaited: false };
  };

  const renewUndo = (fresh) => {
    const undo = document.querySelector("#work form.undo");
    if (!undo || !fresh) return;
    const mine = fresh.cloneNode(true); // the page that it came with has its own, and is painted next
    undo.replaceWith(mine);
    htmx.process(mine);
    undoIfAsked();
  };

  const undoIfAsked = () => {
    if (undoWaits && !outbox.waiting().length) document.querySelector("#work form.undo button")?.click();
  };

  /** Say that the item is in sight, and have the one after it held. */
  const showAndAsk = async () => {
    const { item, shown } = work().dataset;
    if (!item || !shown || outbox.waiting().length) return;
    const came = await flywheel.send(shown, { item });
    if (work().dataset.item !== item) return;
    if (came.kind === "refused") trouble().innerHTML = came.text;
    ahead.ask();
  };

  document.addEventListener("flywheel:answered", ({ detail: { entry, then, html } }) => {
    const isAwaited = given?.isAwaited && given.name === entry.name;
    if (given?.name === entry.name) given = null;
    if (isAwaited) goOn(ahead.parse(html));
    else if (isHere(entry)) reconcile(html ? ahead.parse(html) : null, then);
  });

  document.addEventListener("flywheel:refused", ({ detail: { entry, html } }) => {
    const isAwaited = given?.isAwaited && given.name === entry.name;
    if (given?.name === entry.name) given = null;
    if (!isAwaited) return showAndAsk();
    hush(false);
    trouble().innerHTML = html;
    reveal();
  });

  document.addEventListener("flywheel:paused", ({ detail: { why } }) => given?.isAwaited && show(`kept-${why}`));
  document.addEventListener("flywheel:broken", ({ detail: { entry } }) => {
    if (given?.isAwaited && given.name === entry.name) show("kept-server");
  });

  // Another tab has sent it, or its person has thrown it away.
  document.addEventListener("flywheel:outbox", () => {
    if (!given || outbox.has(given.name)) return;
    const { isAwaited } = given;
    given = null;
    if (isAwaited) reload();
    else showAndAsk();
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

  let left = null; // what was in sight before an undo: it comes next

  document.addEventListener("htmx:beforeSwap", ({ detail: { elt, requestConfig, isError } }) => {
    const isUndo = !isError && (requestConfig?.elt || elt).matches("form.undo");
    left = isUndo && work().dataset.item ? work().cloneNode(true) : null;
  });

  document.addEventListener("htmx:beforeRequest", () => {
    work().dataset.sent = work().dataset.item || "";
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "trouble") return reveal();
    if (event.detail.requestConfig.elt.id === "label") drafts.forget(event.detail.target.dataset.sent);
    arrive();
    said(work().dataset.said);
    look();
    if (left && left.dataset.item !== work().dataset.item) ahead.put(left);
    else ahead.ask();
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

  const keepSelected = () => {
    const selection = document.getSelection();
    const inside = selection.anchorNode?.parentElement?.closest(".evidence");
    if (inside && !selection.isCollapsed) selected = selection.toString().trim();
  };

  // A mouse that goes to the field ends the selection; a quick key overtakes the event that tells of it.
  document.addEventListener("selectionchange", keepSelected);
  document.addEventListener("keydown", keepSelected, true);

  document.addEventListener("focusin", (event) => {
    if (event.target.name !== "quote" || event.target.value || !selected) return;
    event.target.value = selected;
    drafts.keep(event.target.form);
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!work()) return;
    arrive();
    // Answered before the page was closed, and only here: its answer brings the next item.
    const own = outbox.waiting().findLast(({ item }) => item === work().dataset.item);
    if (own) {
      given = { name: own.name, isAwaited: true };
      hush(true);
    } else {
      ahead.ask();
    }
  });
})();
