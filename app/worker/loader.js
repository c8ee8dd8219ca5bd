// Starts the worker's wasm in a module worker: picks a build that this browser runs, and holds the page's messages
// until the wasm listens. What cannot be started is posted as {fatal, detail}.

import there from "./builds.js"; // the names of the builds that this site has

// A module of one function, () -> v128, with the given code.
const moduleOf = (...code) =>
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // "\0asm", version 1
    1, 5, 1, 96, 0, 1, 123, // types: () -> v128
    3, 2, 1, 0, // functions: one, of type 0
    10, code.length + 4, 1, code.length + 2, 0, ...code, 11, // its code, without locals
  ]);
const ZEROS = [65, 0, 253, 15]; // i32.const 0, i8x16.splat

const MADD = moduleOf(...ZEROS, ...ZEROS, ...ZEROS, 253, 0x85, 2); // f32x4.relaxed_madd
const POPCNT = moduleOf(...ZEROS, 253, 98); // i8x16.popcnt
const SHARED = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1]); // one page of shared memory

// `?build=NAME` asks for another build than the fastest, `?threads=N` for a number of threads, to compare them.
const query = new URLSearchParams(location.search);
const asked = query.get("build");
const MOST_THREADS = 8; // more cores are slow ones or busy with other things
const threads = Math.max(1, parseInt(query.get("threads") ?? Math.min(navigator.hardwareConcurrency, MOST_THREADS)) || 1);

// The worker's builds, the fastest first, each with a module that only browsers accept that can run it.
const BUILDS = [
  { name: "threads", needs: MADD, shares: true },
  { name: "relaxed", needs: MADD },
  { name: "threads-simd", needs: POPCNT, shares: true },
  { name: "simd", needs: POPCNT },
];
const runs = ({ name, needs, shares }) =>
  there.includes(name) &&
  WebAssembly.validate(needs) &&
  (!shares || (crossOriginIsolated && WebAssembly.validate(SHARED) && (threads > 1 || asked === name)));

// The browser delivers messages as soon as this script has run once, long before the wasm is there, and its main() listens
// before the threads are there.
const held = [];
const hold = (event) => {
  event.stopImmediatePropagation();
  held.push(event);
};
addEventListener("message", hold);

// What not every visitor needs is in modules of its own, the same for all builds, each loaded at most once.
const modules = {};
const load = (name, folder = name) =>
  (modules[name] ??= import(`./${folder}/${name}.js`)
    .then((module) => module.default().then(() => module))
    .catch((error) => {
      delete modules[name]; // the next file tries again
      throw error;
    }));

// The image decoders load while the engine does, what reads hyperspectral cubes and other programs' checkpoints when the first one comes.
globalThis.loadDecoders = () => load("decoder");
globalThis.loadCubes = () => load("cube");
globalThis.loadReader = () => load("reader");

// Networks in bytes, when the first one is asked for. They run on one thread.
const isPlain = asked?.endsWith("simd") || !WebAssembly.validate(MADD);
globalThis.loadInt8 = () => load("int8", isPlain ? "int8/simd" : "int8/relaxed");

async function start() {
  const failure = query.get("simulate");
  if (failure) (await import("./simulate.js")).simulate(failure);
  const usable = BUILDS.filter(runs);
  if (usable.length === 0) {
    postMessage({ fatal: "no_simd" });
    return;
  }
  loadDecoders().catch(() => {}); // whoever opens an image hears of it
  usable.sort((a, b) => (b.name === asked) - (a.name === asked));
  while (true) {
    const build = usable.shift();
    globalThis.buildReason = build.name === asked ? "asked" : "fastest";
    try {
      await startBuild(build);
      break;
    } catch (error) {
      // Memory of a fixed size may be more than a device gives; the other builds take it as they need it.
      if (usable.length === 0) throw error;
    }
  }
  removeEventListener("message", hold);
  for (const { data, origin, lastEventId, ports } of held.splice(0)) {
    dispatchEvent(new MessageEvent("message", { data, origin, lastEventId, ports: [...ports] }));
  }
}

async function startBuild({ name, shares }) {
  const script = new URL(`./${name}/worker.js`, import.meta.url).href;
  const worker = await import(script);
  if (shares) await startShared(worker, script);
  else await worker.default(); // runs main(), which sets onmessage
}

// Starts a build with threads. Its helpers are workers of this worker, which run the same module on the same memory.
async function startShared({ default: init, make_threads: makeThreads }, script) {
  const module = await compile(new URL("./worker_bg.wasm", script));
  const { memory } = await init({ module_or_path: module });
  makeThreads(threads);
  const helpers = Array.from({ length: threads - 1 }, (_, index) => {
    const helper = new Worker(new URL("./helper.js", import.meta.url), { type: "module" });
    helper.postMessage({ script, module, memory, number: index + 1 });
    return new Promise((resolve) => (helper.onmessage = helper.onerror = resolve));
  });
  // The engine works without those that do not come.
  await Promise.race([Promise.all(helpers), new Promise((resolve) => setTimeout(resolve, 5000))]);
}

async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${url}`);
  const streams = response.headers.get("Content-Type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

start().catch((error) => postMessage({ fatal: "load_failed", detail: String(error) }));
