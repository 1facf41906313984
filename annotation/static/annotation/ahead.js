// The next item, fetched while its person is at work on this one, so that it can be painted at once.
(() => {
  "use strict";
  const { flywheel } = window;
  const HELD_MS = 110_000; // the server holds an item that nobody has seen for two minutes
  const FRESHEN_MS = 90_000;

  let prepared = null; // { item, work, at }
  let asked = 0;

  const parse = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    return made.content.querySelector("#work");
  };

  const isAnswered = (item) => flywheel.outbox.all().some((entry) => entry.item === item && !entry.refused);

  const ask = async () => {
    const { item, next } = document.getElementById("work").dataset;
    if (!item || !next) return;
    const question = (asked += 1);
    const came = await flywheel.get(next);
    if (question !== asked || document.getElementById("work").dataset.item !== item) return;
    const work = came.kind === "done" && came.text ? parse(came.text) : null;
    if (came.kind === "away" && prepared?.item !== item) return; // what is here is better than nothing
    prepared = work?.dataset.item ? { item: work.dataset.item, work, at: Date.now() } : null;
  };

  flywheel.ahead = {
    parse,
    ask,
    /** The element of the next item, once; null where there is none, or where somebody else may have it by now. */
    take() {
      const found = prepared;
      prepared = null;
      asked += 1;
      if (!found || found.item === document.getElementById("work").dataset.item || isAnswered(found.item)) return null;
      // Without a network nothing better can be had, and a late label is kept where its item needs it.
      const isFresh = Date.now() - found.at < HELD_MS || !navigator.onLine || flywheel.outbox.why() === "network";
      if (isFresh) found.work.dataset.writtenAt = String(found.at);
      return isFresh ? found.work : null;
    },
    /** Hold it on, while somebody is at work. */
    freshen() {
      if (prepared && Date.now() - prepared.at > FRESHEN_MS) ask();
    },
    isReady: () => prepared !== null,
  };
})();
