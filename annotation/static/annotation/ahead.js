// The next item, fetched while its person is at work on this one, so that it can be painted at once.
(() => {
  "use strict";
  const { flywheel } = window;
  const HELD_MS = 120_000; // so long the server holds an item that nobody has seen
  const SURE_MS = 110_000;
  const LOOK_MS = 15_000;

  let prepared = null; // { item, work, at }: `at` is when the server began to hold it
  let asked = 0;
  let askedAt = 0;

  const parse = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    return made.content.querySelector("#work");
  };

  const isAnswered = (item) => flywheel.outbox.all().some((entry) => entry.item === item && !entry.refused);

  const put = (work, at) => {
    const item = work?.dataset.item;
    if (item && item === prepared?.item && Date.now() - prepared.at < HELD_MS) return; // it is held from then on
    prepared = item ? { item, work, at } : null;
    if (work) work.dataset.writtenAt = String(at);
  };

  const ask = async () => {
    const { item, next } = document.getElementById("work").dataset;
    if (!item || !next) return;
    const question = (asked += 1);
    const at = (askedAt = Date.now());
    const came = await flywheel.get(next);
    if (question !== asked || document.getElementById("work").dataset.item !== item) return;
    if (came.kind === "done") put(came.text ? parse(came.text) : null, at);
  };

  flywheel.ahead = {
    parse,
    ask,
    /** One that came with an answer. */
    put(work) {
      asked += 1;
      askedAt = Date.now();
      put(work, askedAt);
    },
    /** The element of the next item, once; null where there is none, or where somebody else may have it by now. */
    take() {
      const found = prepared;
      prepared = null;
      asked += 1; // what is still on its way was asked for beside another item
      if (!found || found.item === document.getElementById("work").dataset.item || isAnswered(found.item)) return null;
      // Without a network nothing better can be had, and a late label is kept where its item needs it.
      const isFresh = Date.now() - found.at < SURE_MS || !navigator.onLine || flywheel.outbox.why() === "network";
      return isFresh ? found.work : null;
    },
    isReady: () => prepared !== null,
  };

  // What nobody has looked at falls back. Whoever is still at work on this item has the next one held anew.
  setInterval(() => {
    const isDue = Date.now() - askedAt > HELD_MS + 1000;
    if (isDue && document.getElementById("work") && flywheel.hold.isActive() && !flywheel.outbox.waiting().length) ask();
  }, LOOK_MS);
})();
