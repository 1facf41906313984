// A button with data-copy="id" copies the text of that element. Where that is forbidden the text is left selected.
// Without scripts there is no such button, and the text is selected by hand.
(() => {
  "use strict";
  const SHOWN_MS = 3000;

  const select = (element) => {
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
  };

  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.value ?? element.textContent);
      return true;
    } catch {
      // On plain http there is no clipboard, and elsewhere it may be refused: the older way copies what is selected.
      select(element);
      return document.execCommand("copy");
    }
  };

  const said = new WeakMap(); // what a button said at first

  const say = (button, text) => {
    const label = button.querySelector("span");
    if (!said.has(button)) said.set(button, label.textContent);
    label.textContent = text;
    setTimeout(() => (label.textContent = said.get(button)), SHOWN_MS);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const isCopied = await copy(document.getElementById(button.dataset.copy));
      say(button, isCopied ? button.dataset.done : button.dataset.failed);
    });
  }
})();
