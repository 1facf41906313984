// What is kept in this browser, for one person of this installation: whoever else signs in here sees and sends none of it.
(() => {
  "use strict";
  const flywheel = (window.flywheel ||= {});
  const person = document.body.dataset.person;
  const prefix = `flywheel:${person}:`;
  const memory = new Map(); // where storage is blocked or full: it lasts as long as this page

  const saved = (name) => {
    try {
      return localStorage.getItem(prefix + name);
    } catch {
      return null;
    }
  };

  const savedNames = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    } catch {
      return [];
    }
  };

  flywheel.person = person;
  flywheel.store = {
    get: (name) => JSON.parse(memory.get(name) ?? saved(name)),
    set(name, value) {
      const text = JSON.stringify(value);
      memory.delete(name);
      try {
        localStorage.setItem(prefix + name, text);
      } catch {
        memory.set(name, text);
      }
    },
    remove(name) {
      memory.delete(name);
      try {
        localStorage.removeItem(prefix + name);
      } catch {
        // blocked: there was nothing to remove
      }
    },
    /** Names that start so, in order. */
    names: (start) => [...new Set([...savedNames(), ...memory.keys()])].filter((name) => name.startsWith(start)).sort(),
    /** Told of what another tab of the same person changed. */
    onChange(start, tell) {
      window.addEventListener("storage", ({ key }) => (key === null || key.startsWith(prefix + start)) && tell());
    },
  };

  window.addEventListener("beforeunload", (event) => memory.size && event.preventDefault());
})();
