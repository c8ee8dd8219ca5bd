// Starts the worker's wasm in a module worker: picks a build that this browser runs, and holds the page's messages
// until the wasm listens. What cannot be started is posted as {fatal, detail}.

// A module of one function, () -> v128, with the given code.
const moduleOf = (...code) =>
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // "\0asm", version 1
    1, 5, 1, 96, 0, 1, 123, // types: () -> v128
    3, 2, 1, 0, // functions: one, of type 0
    10, code.length + 4, 1, code.length + 2, 0, ...code, 11, // its code, without locals
  ]);
const ZEROS = [65, 0, 253, 15]; // i32.const 0, i8x16.splat

// The worker's builds, the fastest first, each with a module that only browsers accept that can run it.
const BUILDS = [
  { name: "relaxed", needs: moduleOf(...ZEROS, ...ZEROS, ...ZEROS, 253, 0x85, 2) }, // f32x4.relaxed_madd
  { name: "simd", needs: moduleOf(...ZEROS, 253, 98) }, // i8x16.popcnt
];

// The browser delivers messages as soon as this script has run once, long before the wasm is there.
const held = [];
const hold = (event) => held.push(event);
addEventListener("message", hold);

// The image decoders are a module of their own, the same for all builds. They load while the engine does.
let decoders;
globalThis.loadDecoders = () =>
  (decoders ??= import("./decoder/decoder.js")
    .then((module) => module.default().then(() => module))
    .catch((error) => {
      decoders = undefined; // the next image tries again
      throw error;
    }));

async function start() {
  const usable = BUILDS.filter(({ needs }) => WebAssembly.validate(needs));
  if (usable.length === 0) {
    postMessage({ fatal: "no_simd" });
    return;
  }
  // `?build=NAME` asks for another than the fastest, to compare them.
  const asked = new URLSearchParams(location.search).get("build");
  const build = usable.find(({ name }) => name === asked) ?? usable[0];
  globalThis.buildReason = build.name === asked ? "asked" : "fastest";
  loadDecoders().catch(() => {}); // whoever opens an image hears of it
  const { default: init } = await import(`./${build.name}/worker.js`);
  await init(); // runs main(), which sets onmessage
  removeEventListener("message", hold);
  for (const { data, origin, lastEventId, ports } of held.splice(0)) {
    dispatchEvent(new MessageEvent("message", { data, origin, lastEventId, ports: [...ports] }));
  }
}

start().catch((error) => postMessage({ fatal: "load_failed", detail: String(error) }));
