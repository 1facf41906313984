// Holding the item while its person is at work on it.
(() => {
  "use strict";
  const { flywheel } = window;
  const PING_MS = 60_000;

  let activeAt = Date.now();
  let renewedAt = Date.now();
  let hasEnded = false;

  for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    window.addEventListener(name, () => { activeAt = Date.now(); }, { passive: true, capture: true });
  }

  const work = () => document.getElementById("work");

  const renew = async () => {
    const { item, renew: url } = work().dataset;
    const came = await flywheel.send(url, { item });
    if (work().dataset.item !== item) return;
    if (came.kind === "done") renewedAt = Date.now();
    if (came.kind !== "refused") return; // not reached: the next ping, or the answer itself, will tell
    hasEnded = true;
    document.getElementById("trouble").innerHTML = came.text;
  };

  const ping = () => {
    if (!work()?.dataset.item || !work().dataset.renew || hasEnded) return;
    if (activeAt > renewedAt) renew();
    else if (Date.now() - renewedAt > Number(work().dataset.minutes) * 60_000) {
      hasEnded = true;
      flywheel.tell("away");
    }
  };

  flywheel.hold = {
    isActive: () => Date.now() - activeAt < 2 * PING_MS,
    /** Another item is in sight. */
    begin() {
      renewedAt = Date.now();
      hasEnded = false;
    },
  };

  setInterval(ping, PING_MS);
})();
