// What the outbox holds, said in the page's head and listed one key away: what waits for what, and what was refused.
(() => {
  "use strict";
  const { flywheel } = window;
  const { outbox } = flywheel;
  const QUIET_MS = 3000; // what is saved sooner needs no words

  const badge = document.getElementById("outbox-badge");
  const list = document.querySelector("#outbox ol");
  const model = document.getElementById("outbox-answer");
  const words = badge.dataset;

  let heard = "";

  const state = () => {
    const all = outbox.all();
    const refused = all.filter((entry) => entry.refused).length;
    const waiting = all.filter((entry) => !entry.refused && (outbox.why() || Date.now() - entry.at > QUIET_MS)).length;
    return { all, refused, waiting, why: outbox.why() || "server" };
  };

  const tell = () => {
    const { all, refused, waiting, why } = state();
    const parts = [];
    if (waiting) parts.push(words[why === "signed-out" ? "signedOut" : why].replace("%n", waiting));
    if (refused) parts.push(words.refused.replace("%n", refused));
    const text = parts.join(" · ");
    badge.querySelector(".text").textContent = text;
    badge.querySelector(".count").textContent = text ? String(waiting + refused) : "";
    badge.classList.toggle("bad", refused > 0 || why === "signed-out");
    badge.disabled = !text;
    document.querySelector("#outbox .sign-in").hidden = !(waiting && why === "signed-out");
    document.querySelector("#outbox .send").hidden = !waiting;
    document.querySelector("#outbox .none").hidden = all.length > 0;
    if (text !== heard) document.getElementById("outbox-said").textContent = heard = text;
    draw(all);
  };

  const draw = (all) => {
    if (!document.getElementById("outbox").matches(":popover-open")) return;
    list.replaceChildren(...all.map(line));
  };

  const line = (entry) => {
    const made = model.content.cloneNode(true);
    const put = (name, text) => {
      const place = made.querySelector(`.${name}`);
      place.textContent = text;
      place.hidden = !text;
    };
    put("what", entry.title);
    put("about", entry.item);
    put("said", entry.refused ? entry.said || words.unknown : "");
    put("typed", written(entry));
    for (const button of made.querySelectorAll("button")) {
      button.value = entry.name;
      button.hidden = !entry.refused && !button.matches(".copy");
    }
    made.querySelector(".copy").hidden = !written(entry);
    return made;
  };

  /** What was typed, for who wants to keep it. */
  const written = ({ fields }) => {
    const typed = new Map(fields);
    return ["comment", "correction", "quote"].map((name) => typed.get(name)).filter(Boolean).join("\n\n");
  };

  const copy = async (button) => {
    const typed = button.closest("li").querySelector(".typed");
    try {
      await navigator.clipboard.writeText(typed.textContent);
      button.querySelector(".state").textContent = words.copied;
    } catch {
      getSelection().selectAllChildren(typed); // no clipboard here: Ctrl+C has it
    }
  };

  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.matches(".copy")) return copy(button);
    if (button.matches(".retry")) outbox.retry(button.value);
    if (button.matches(".dismiss")) outbox.dismiss(button.value);
    document.getElementById("outbox").focus();
  });
  document.querySelector("#outbox .send").addEventListener("click", () => outbox.send());
  document.getElementById("outbox").addEventListener("toggle", tell);
  for (const name of ["outbox", "paused"]) document.addEventListener(`flywheel:${name}`, tell);
  setInterval(() => outbox.all().length && tell(), QUIET_MS);
  tell();
})();
