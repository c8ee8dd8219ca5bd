// Starts the worker's wasm in a module worker: picks a build that this browser runs, and holds the page's messages
// until the wasm listens. What cannot be started is posted as {fatal, detail}.

// A module of one function that uses SIMD128: (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0)))).
const SIMD128 = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, // "\0asm", version 1
  1, 5, 1, 96, 0, 1, 123, // types: () -> v128
  3, 2, 1, 0, // functions: one, of type 0
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11, // its code
]);

// The browser delivers messages as soon as this script has run once, long before the wasm is there.
const held = [];
const hold = (event) => held.push(event);
addEventListener("message", hold);

async function start() {
  if (!WebAssembly.validate(SIMD128)) {
    postMessage({ fatal: "no_simd" });
    return;
  }
  const { default: init } = await import("./simd/worker.js");
  await init(); // runs main(), which sets onmessage
  removeEventListener("message", hold);
  for (const { data, origin, lastEventId, ports } of held.splice(0)) {
    dispatchEvent(new MessageEvent("message", { data, origin, lastEventId, ports: [...ports] }));
  }
}

start().catch((error) => postMessage({ fatal: "load_failed", detail: String(error) }));
