// One key presses one button. An element with data-key="x" is what the key x does: a field gets the focus, everything
// else is clicked. An open popover has the keys for itself. Keys typed into a field are never taken.
(() => {
  "use strict";
  const WRITABLE = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])";

  const isTyping = (target) => target instanceof Element && target.closest(WRITABLE);

  const isCommand = (event) =>
    event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph") ||
    event.isComposing || event.keyCode === 229 || event.repeat;

  const scope = () => document.querySelector("[popover]:popover-open") || document;

  const find = (key) => {
    for (const found of scope().querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
      const inOtherPopover = found.closest("[popover]:not(:popover-open)");
      if (!found.matches(":disabled") && !inOtherPopover) return found;
    }
    return null;
  };

  /** On a keyboard of another script, or whose digits need Shift: the key that stands where ours does. */
  const findByPlace = ({ key, code, shiftKey }) => {
    const [, letter, digit] = code.match(/^(?:Key([A-Z])|Digit([0-9]))$/) || [];
    if (letter && key > "\u007f") return find(letter.toLowerCase());
    return digit && !shiftKey && key.length === 1 ? find(digit) : null;
  };

  const press = (element) => {
    const details = element.closest("details");
    if (details && !element.matches("summary")) details.open = true; // what a key does is seen
    if (element.matches(WRITABLE)) element.focus();
    else element.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isCommand(event)) return;
    if (isTyping(event.target)) {
      // Out of the field, back to the keys; a popover closes itself.
      if (event.key === "Escape" && !event.target.closest("[popover]")) event.target.blur();
      return;
    }
    const element = find(event.key.length === 1 ? event.key.toLowerCase() : event.key) || findByPlace(event);
    if (!element) return;
    event.preventDefault();
    press(element);
  });
})();
