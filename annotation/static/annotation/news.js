// Pages that ask for news of themselves. When no good answer comes they say so once, ask no further, and go on when
// told to. Elements that ask carry data-live and listen for the event "again".
(() => {
  "use strict";
  let stopped = false;

  const place = () => document.getElementById("trouble");

  const say = (name) => {
    stopped = true;
    place().replaceChildren(document.getElementById(`trouble-${name}`).content.cloneNode(true));
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    // Only what asks by itself waits: somebody who changes the form wants an answer.
    if (stopped && event.detail.requestConfig.triggeringEvent?.type === undefined) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail;
    // A refusal in words names its place; any other error page must not stand where the figures stood.
    if (answer.isError && answer.xhr.getResponseHeader("HX-Retarget")) {
      stopped = true;
      answer.shouldSwap = true;
    } else if (answer.isError) {
      say("server");
    } else {
      stopped = false;
      place().replaceChildren();
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => say("network"));

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-again]")) return;
    stopped = false;
    place().replaceChildren();
    for (const element of document.querySelectorAll("[data-live]")) htmx.trigger(element, "again");
  });
})();
