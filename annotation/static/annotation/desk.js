// The desk of an annotator or adjudicator: one form, sent in the background, whose answer is the next item.
// What is typed is never lost: it is kept in this tab until the server has taken it.
(() => {
  "use strict";
  const GUARD_MS = 200; // a key pressed twice must not answer the item that came after the first press
  const PING_MS = 60_000;
  const FIELDS = ["comment", "correction", "quote"];

  let shownAt = performance.now();
  let activeAt = Date.now();
  let renewedAt = Date.now();
  let holdEnded = false;
  let sender = null; // the button of the last form that was sent
  let selected = "";

  const work = () => document.getElementById("work");
  const form = () => document.getElementById("label");
  const trouble = () => document.getElementById("trouble");
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

  // --- What was typed, kept in this tab

  const store = {
    key: () => `draft:${work().dataset.item}`,
    save() {
      const typed = Object.fromEntries(FIELDS.map((name) => [name, form().elements[name].value]));
      typed.certainty = form().elements.certainty.value;
      try {
        sessionStorage.setItem(this.key(), JSON.stringify(typed));
      } catch {
        // storage is blocked or full: the text still stands in the form
      }
    },
    restore() {
      if (!form() || FIELDS.some((name) => form().elements[name].value)) return;
      let typed = null;
      try {
        typed = JSON.parse(sessionStorage.getItem(this.key()));
      } catch {
        return;
      }
      if (!typed) return;
      for (const name of FIELDS) form().elements[name].value = typed[name] || "";
      if (typed.certainty) form().elements.certainty.value = typed.certainty;
      const more = form().querySelector("details.more");
      if (more && (typed.correction || typed.quote || typed.certainty)) more.open = true;
    },
    forget(item) {
      try {
        sessionStorage.removeItem(`draft:${item}`);
      } catch {
        // as above
      }
    },
  };

  // --- Troubles, in words, beside the form

  const show = (name) => {
    const place = trouble();
    if (!place) return;
    place.replaceChildren(document.getElementById(`trouble-${name}`).content.cloneNode(true));
    reveal();
  };

  const reveal = () => {
    document.querySelector("[popover]:popover-open")?.hidePopover();
    trouble().scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-again]") && sender?.isConnected) sender.click();
  });

  // --- Sending

  document.addEventListener("submit", (event) => {
    sender = event.submitter;
  }, true);

  document.addEventListener("htmx:configRequest", (event) => {
    const sent = event.detail.parameters;
    // Whoever signed in again in another tab has a new token there; the one in this form is stale.
    if (cookie("csrftoken")) sent.csrfmiddlewaretoken = cookie("csrftoken");
    if (event.detail.elt.id === "label") sent.duration_ms = String(Math.round(performance.now() - shownAt));
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal in words names its place; any other error page must not stand where the item stood.
    if (event.detail.isError && event.detail.xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) show("server");
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => show("network"));

  document.addEventListener("htmx:beforeRequest", () => {
    work().dataset.sent = work().dataset.item || "";
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "trouble") return reveal();
    if (event.detail.requestConfig.elt.id === "label") store.forget(event.detail.target.dataset.sent);
    arrive();
    document.getElementById("said").textContent = work().dataset.said;
    document.getElementById("headline").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });

  const arrive = () => {
    shownAt = performance.now();
    renewedAt = Date.now();
    holdEnded = false;
    sender = null;
    selected = "";
    if (work().dataset.item) store.restore();
  };

  // --- Keys and text

  document.addEventListener("keydown", (event) => {
    if (performance.now() - shownAt < GUARD_MS && !event.ctrlKey && !event.metaKey) event.stopImmediatePropagation();
  }, true);

  document.addEventListener("keydown", (event) => {
    // A browser would press the form's first button.
    if (event.key === "Enter" && event.target.matches("#label input")) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form === form()) store.save();
  });

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const inside = selection.anchorNode?.parentElement?.closest(".evidence");
    if (inside && !selection.isCollapsed) selected = selection.toString().trim();
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.name !== "quote" || event.target.value || !selected) return;
    event.target.value = selected;
    store.save();
  });

  // --- Holding the item while its person is at work on it

  for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    window.addEventListener(name, () => { activeAt = Date.now(); }, { passive: true, capture: true });
  }

  const renew = async () => {
    const { item, renew: url } = work().dataset;
    const headers = { "X-CSRFToken": cookie("csrftoken") || "", "HX-Request": "true" };
    try {
      const answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams({ item }) });
      if (work().dataset.item !== item) return;
      if (answer.ok) {
        renewedAt = Date.now();
      } else if (answer.headers.has("HX-Retarget")) {
        holdEnded = true;
        trouble().innerHTML = await answer.text();
      }
    } catch {
      // not reached: the next ping, or the label itself, will tell
    }
  };

  setInterval(() => {
    if (!work()?.dataset.item || !work().dataset.renew || holdEnded) return;
    if (activeAt > renewedAt) renew();
    else if (Date.now() - renewedAt > Number(work().dataset.minutes) * 60_000) {
      holdEnded = true;
      show("away");
    }
  }, PING_MS);

  document.addEventListener("DOMContentLoaded", () => work() && arrive());
})();
