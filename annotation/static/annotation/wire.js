// The one way to the server for all that the page sends by itself. What came of it is one word:
// done, refused (in words: `text`), signed-out, away (it passes: the network, a restart), broken (the server's mistake).
(() => {
  "use strict";
  const { flywheel } = window;
  const TIMEOUT_MS = 20_000;
  const PASSES = [408, 425, 429, 502, 503, 504];
  const KEEPALIVE_BYTES = 50_000; // browsers let go of more when the page is closed

  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];

  const kind = (answer) => {
    if (answer.type === "opaqueredirect" || answer.status === 401) return "signed-out";
    if (answer.headers.get("X-Problem") === "stale_form") return "stale";
    if (answer.ok) return "done";
    if (PASSES.includes(answer.status)) return "away";
    return answer.status >= 500 ? "broken" : "refused";
  };

  const ask = async (url, options) => {
    // The token is that of the moment: whoever signed in again in another tab has a new one.
    const headers = { "HX-Request": "true", "X-CSRFToken": cookie("csrftoken") || "", "X-Person": flywheel.person };
    try {
      const answer = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
      const seconds = Number(answer.headers.get("Retry-After")) || 0;
      return { kind: kind(answer), status: answer.status, text: await answer.text(), seconds };
    } catch {
      return { kind: "away", status: 0, text: "", seconds: 0 };
    }
  };

  const renewToken = () => fetch("/annotate/").catch(() => null); // any page brings one

  flywheel.cookie = cookie;
  flywheel.get = (url) => ask(url);
  flywheel.send = async (url, fields) => {
    const body = new URLSearchParams(fields);
    const options = { method: "POST", body, keepalive: body.toString().length < KEEPALIVE_BYTES };
    let came = await ask(url, options);
    if (came.kind === "stale") {
      await renewToken();
      came = await ask(url, options);
    }
    return came.kind === "stale" ? { ...came, kind: "signed-out" } : came;
  };
  flywheel.tell = (name, detail) => document.dispatchEvent(new CustomEvent(`flywheel:${name}`, { detail }));
})();
