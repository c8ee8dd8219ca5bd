// For harnesses that time several runtimes in turn: window.runBench(network, options) resolves to what the harness's own
// `measure` gives. The harness serves, from the root of this origin,
//   /h/common.js                  stdInput, fetchBuf, models, relErr, measure, memory
//   /models/NETWORK.safetensors   weights with the library's own tensor names
// and a run is timed from a Float32Array here, through the worker, to a Float32Array here.
//   /h/probe.js                   counts what a worker asks of the GPU, where ?backend=webgpu
//   ?build=NAME                   a build of the worker other than the fastest
//   ?backend=NAME                 a backend other than the CPU's
import { fetchBuf, measure, memory, models, relErr, stdInput } from "/h/common.js";

const backend = new URLSearchParams(location.search).get("backend") ?? "cpu";

/**
 * Starts the worker; gives a function that sends a request and resolves to its reply, and one that resolves to what the
 * GPU has been asked for so far.
 */
function start() {
  const query = new URLSearchParams(location.search);
  if (globalThis.__noDispatch) query.set("no-dispatch", "");
  const script = backend === "webgpu" ? "probed" : "loader";
  const worker = new Worker(`worker/${script}.js?${query}`, { type: "module" });
  const waiting = new Map();
  let counted;
  worker.onmessage = ({ data: { job, event, fatal, detail, counts } }) => {
    if (fatal) throw new Error(`${fatal} ${detail ?? ""}`);
    if (counts) return counted(counts);
    const { resolve, reject } = waiting.get(job);
    if (event.failed) reject(new Error(event.failed.message));
    else if (event.done) resolve(event.done);
  };
  let last = 0;
  const ask = (request, blob) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ job: last, request, blob });
    });
  const counts = () =>
    new Promise((resolve) => {
      counted = resolve;
      worker.postMessage("counts");
    });
  return { ask, counts };
}

window.runBench = async (network, options = {}) => {
  const { size } = (await models())[network];
  const file = new File([await fetchBuf(`/models/${network}.safetensors`)], `${network}.safetensors`);
  const before = performance.now();
  const { ask, counts } = start();
  const { environment } = await ask("environment");
  const init_ms = performance.now() - before;
  const { checkpoint } = await ask({ open: { name: file.name, model: network } }, file);

  let input = stdInput(size, "nhwc");
  // In shared memory the worker reads the input where it lies, as a runtime on this thread would.
  if (crossOriginIsolated) {
    const shared = new Float32Array(new SharedArrayBuffer(input.byteLength));
    shared.set(input);
    input = shared;
  }
  const config = { model: network, weights: { checkpoint: checkpoint.id }, backend };
  let logits;
  const run = async () => ({ logits } = await ask({ infer: { config, input } }));
  // The network is prepared when it first runs: create_ms holds that run, and measure's first one is the second.
  await run();
  const create_ms = performance.now() - before;
  const gpu = backend === "webgpu" ? await gpuUse(run, counts) : {};
  return {
    ...(await measure(run, options)),
    init_ms,
    create_ms,
    rel_err: await relErr(network, logits),
    ...(await memory()),
    ...gpu,
    version: `${environment.version} ${environment.build}, ${environment.threads} thread(s)`,
  };
};

/** What one run asks of the GPU, and the bytes of all buffers made so far. */
async function gpuUse(run, counts) {
  const before = await counts();
  await run();
  const after = await counts();
  const difference = ([name, count]) => [name, count - before[name]];
  return {
    gpu_per_run: Object.fromEntries(Object.entries(after).map(difference)),
    gpu_buffer_bytes: before.bufferBytes,
  };
}
