// Answers that the server has not confirmed yet. Each is sent until it is taken or refused, in order, by one tab at a
// time; the server knows it by its submission_id, so that sent twice it is saved once. A refused one stays, with its
// text, until its person has done with it. Told of: flywheel:outbox (something changed), flywheel:answered,
// flywheel:refused (what the server said), flywheel:paused (why nothing is sent now).
(() => {
  "use strict";
  const { flywheel } = window;
  const { store } = flywheel;
  const NAME = "answer:";
  const LONGEST_MS = 60_000;
  const ORPHAN_MS = 5000; // what another tab gave and has not got rid of by then

  let added = 0;
  let fails = 0;
  let why = ""; // nothing is sent for now: "network", "server" or "signed-out"
  let notBefore = 0; // as the server asked
  let isSending = false;
  let timer = 0;

  const all = () => store.names(NAME).map((name) => ({ ...store.get(name), name }));
  const change = ({ name, ...entry }, values) => store.set(name, { ...entry, ...values });

  /** The first whose time has come. What the server failed at waits alone, but for answers about the same item. */
  const due = () => {
    const held = new Set();
    for (const entry of all()) {
      if (entry.refused || held.has(entry.item)) continue;
      if ((entry.notBefore || 0) <= Date.now()) return entry;
      held.add(entry.item);
    }
    return null;
  };

  const backoff = (tries) => Math.min(LONGEST_MS, 1000 * 2 ** tries) * (0.75 + Math.random() / 2);

  const pause = (reason, seconds = 0) => {
    why = reason;
    notBefore = Date.now() + seconds * 1000;
    again(Math.max(seconds * 1000, backoff(fails)));
    fails += 1;
    flywheel.tell("paused", { why });
  };

  const again = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(send, ms);
  };

  /** Returns whether the next one may follow. */
  const deliver = async (entry) => {
    const then = flywheel.then(entry);
    const came = await flywheel.send(entry.url, [...entry.fields, ["then", then]]);
    // A page that isn't ours (a network's own sign-in, say) has taken nothing.
    const isOurs = came.kind !== "done" || came.status === 204 || came.text.includes('id="work"');
    if (came.kind === "away" || !isOurs) return pause(came.status ? "server" : "network", came.seconds);
    if (came.kind === "signed-out") return pause("signed-out");
    why = "";
    fails = 0;
    if (came.kind === "broken") {
      const tries = (entry.tries || 0) + 1;
      change(entry, { tries, notBefore: Date.now() + backoff(tries) });
      flywheel.tell("broken", { entry });
    } else if (came.kind === "refused") {
      change(entry, { refused: true, said: words(came.text) });
      flywheel.tell("refused", { entry, html: came.text });
    } else {
      store.remove(entry.name);
      flywheel.tell("answered", { entry, then, html: came.text });
    }
    flywheel.tell("outbox");
    return true;
  };

  /** The sentence of a refusal, without the buttons below it. */
  const words = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    return made.content.querySelector("[role=alert] > p")?.textContent.trim() || "";
  };

  const deliverAll = async () => {
    let entry = due();
    while (entry && await deliver(entry)) entry = due();
  };

  const send = async () => {
    if (isSending) return;
    const wait = notBefore - Date.now();
    if (wait > 0) return again(wait);
    clearTimeout(timer);
    isSending = true;
    try {
      await (navigator.locks ? navigator.locks.request(`flywheel:${flywheel.person}:outbox`, deliverAll) : deliverAll());
    } finally {
      isSending = false;
    }
    const next = all().find((entry) => !entry.refused);
    if (next && !why) again(Math.max(0, (next.notBefore || 0) - Date.now()));
    flywheel.tell("outbox");
  };

  /** What the answer is to bring: a page with a desk says so, elsewhere nothing. */
  flywheel.then = () => "nothing";

  flywheel.outbox = {
    /** At once, whatever was to be waited for: a person asks. */
    send() {
      notBefore = 0;
      return send();
    },
    all,
    waiting: () => all().filter((entry) => !entry.refused),
    why: () => why || (navigator.onLine ? "" : "network"),
    has: (name) => store.get(name) !== null,
    /** Keep an answer { id, item, url, fields, kind, title } and send it. Returns its name here. */
    add(entry) {
      for (const former of all()) if (former.id === entry.id) store.remove(former.name);
      const name = `${NAME}${String(Date.now()).padStart(15, "0")}-${String((added += 1)).padStart(6, "0")}-${entry.id}`;
      store.set(name, { ...entry, at: Date.now() });
      flywheel.tell("outbox");
      queueMicrotask(send); // whoever gave it goes on first
      return name;
    },
    retry(name) {
      change({ ...store.get(name), name }, { refused: false, said: "", notBefore: 0 });
      send();
    },
    dismiss(name) {
      store.remove(name);
      flywheel.tell("outbox");
    },
  };

  store.onChange(NAME, () => {
    flywheel.tell("outbox");
    if (!why && !isSending) again(ORPHAN_MS);
  });
  window.addEventListener("online", send);
  for (const name of ["focus", "pageshow"]) window.addEventListener(name, send);
  document.addEventListener("DOMContentLoaded", send);
})();
