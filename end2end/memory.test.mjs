// What the engine's wasm takes of memory, which never shrinks: its size is its peak.
import assert from "node:assert/strict";
import { url, withoutThreads } from "./browser.mjs";
import { png, safetensors, stateDict } from "./fixtures.mjs";
import { dropped, WATCH_MEMORY, spec, workerAfter } from "./lab.mjs";

const MODEL = "mobilenetv1_100";
/** Beside the weights: activations (a third of them the largest layer's), the program and its stack. */
const SPARE_BYTES = 8e6;

/** Weights of the network, of which only sizes matter. */
function weights() {
  const tensors = Object.entries(stateDict(`timm__${MODEL}`))
    .filter(([name]) => !name.endsWith("num_batches_tracked"))
    .map(([name, shape]) => [name, { shape, value: name.endsWith("running_var") ? 1 : 0 }]);
  return safetensors(Object.fromEntries(tensors));
}

for (const [build, threads, skip] of [["threads", 2, withoutThreads], ["relaxed", 1], ["simd", 1]]) {
  spec(`${MODEL} runs in its weights and 8 MB on build ${build}`, { skip }, async ({ t, open }) => {
    const lab = await open({
      url: `${url}?build=${build}&threads=${threads}`,
      manifest: { version: 1, checkpoints: [] },
      prepare: workerAfter(WATCH_MEMORY),
    });
    const models = await lab.call("models");
    const { weight_bytes_f32 } = models.find(({ id }) => id === MODEL);
    const bytes = () => lab.wasmBytes();
    const steps = { started: await bytes() };
    const file = weights();
    assert.equal(await lab.load(MODEL, file), MODEL);
    steps.loaded = await bytes();
    const options = { model: MODEL, weights: dropped(file) };
    const { top, threads: ran } = await lab.classify(png(224, 224), options);
    steps.classified = await bytes();
    assert.deepEqual([top.length, ran], [5, threads]);
    await lab.call("bench", { ...options, runs: 3, warmup: 0 });
    steps.measured = await bytes();
    const most = weight_bytes_f32 + SPARE_BYTES;
    const megabytes = Object.entries(steps).map(([step, size]) => `${step} ${(size / 1e6).toFixed(2)}`).join(", ");
    t.diagnostic(`MB: ${megabytes}; at most ${(most / 1e6).toFixed(2)}`);
    assert.ok(steps.measured < most, megabytes);
  });
}
