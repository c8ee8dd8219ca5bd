// Starts the worker for a harness that counts what it asks of the GPU (see static/bench/bench.js): the harness's probe
// wraps the browser's own GPU interfaces before anything uses them.
import "/h/probe.js";
import "./loader.js";

// Dispatches are counted and not done.
globalThis.__noDispatch = new URLSearchParams(location.search).has("no-dispatch");

addEventListener("message", (event) => {
  if (event.data !== "counts") return;
  event.stopImmediatePropagation(); // it is no request
  postMessage({ counts: globalThis.__probe.counts() });
});
