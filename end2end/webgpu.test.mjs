// The WebGPU backend in the page: it computes what the CPU computes, says which backend ran, gives back what it took, and
// when the GPU fails, the page says so and goes on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { url } from "./browser.mjs";
import { spec } from "./lab.mjs";

const cat = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));
const golden = (name) =>
  gunzipSync(readFileSync(new URL(`../engine/tests/data/golden/${name}.json.gz`, import.meta.url))).toString();

/** Small, with squeeze-and-excitation. */
const MODEL = "mobilenetv3_small_100";

/** Opens the page with shipped checkpoints only; `failure` is one of app/worker/simulate.js. */
const visit = (open, failure) => open({ local: false, url: failure ? `${url}?simulate=${failure}` : url });

spec("WebGPU passes goldens and finds what the CPU finds", {}, async ({ open }) => {
  const lab = await visit(open);
  const { gpu } = await lab.call("environment");
  assert.ok(gpu.present, `tests need WebGPU: ${JSON.stringify(gpu)}`);
  for (const name of ["mobilenetv3_small_100_224", "mobilevit_xxs_256"]) {
    for (const backend of ["webgpu", "webgpu-f16"]) {
      const { cases } = await lab.call("verify", golden(name), { backend });
      assert.equal(cases.length, 2);
      for (const one of cases) assert.ok(one.passed && one.backend === backend, JSON.stringify(one));
    }
  }
  for (const model of [MODEL, "mobilenetv1_050", "mobilevit_xxs"]) {
    const cpu = await lab.classify(cat, { model, backend: "cpu" });
    const webgpu = await lab.classify(cat, { model, backend: "webgpu" });
    assert.deepEqual([webgpu.backend, webgpu.fallback ?? null], ["webgpu", null]);
    assert.deepEqual(webgpu.top.map(({ label }) => label), cpu.top.map(({ label }) => label), model);
    webgpu.top.forEach(({ logit }, i) => assert.ok(Math.abs(logit - cpu.top[i].logit) < 2e-3, model));
    const half = await lab.classify(cat, { model, backend: "webgpu-f16" });
    assert.deepEqual([half.backend, half.fallback ?? null], ["webgpu-f16", null]);
    assert.equal(half.top[0].label, cpu.top[0].label, model);
    assert.ok(Math.abs(half.top[0].logit - cpu.top[0].logit) < 0.05 * Math.abs(cpu.top[0].logit), model);
  }
  assert.deepEqual(lab.complaints, []);
});

spec("a column runs on WebGPU and says so", {}, async ({ open }) => {
  const lab = await visit(open);
  await lab.get("sample-chelsea").click();
  const column = lab.column().first();
  assert.equal(await lab.top1(column), "cat");
  assert.match(await column.locator(".how").first().innerText(), await lab.onCpu(), "a software GPU is not the fastest");
  await column.getByLabel("Backend").selectOption("webgpu");
  await column.locator(".how", { hasText: "WebGPU" }).waitFor();
  assert.equal(await lab.top1(column), "cat");
  assert.match(await lab.get("environment").innerText(), /a software GPU/);
});

spec("a hardware GPU is the fastest backend", {}, async ({ open }) => {
  const lab = await visit(open, "hardware");
  const { backend } = await lab.classify(cat, { model: MODEL });
  assert.equal(backend, "webgpu");
  // What software GPUs do not use: large products by tiles.
  const { cases } = await lab.call("verify", golden("mobilenetv3_small_100_224"), { backend });
  for (const one of cases) assert.ok(one.passed, JSON.stringify(one));
});

spec("twenty changes of network and backend leave no buffer behind", {}, async ({ open }) => {
  const lab = await visit(open);
  const { worker } = lab;
  await worker.evaluate(() => {
    globalThis.alive = 0;
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    GPUDevice.prototype.createBuffer = function (how) {
      globalThis.alive += 1;
      return createBuffer.call(this, how);
    };
    GPUBuffer.prototype.destroy = function () {
      globalThis.alive -= 1;
      destroy.call(this);
    };
  });
  const alive = [];
  for (let round = 0; round < 20; round++) {
    const [model, backend] = [
      [MODEL, "webgpu"],
      [MODEL, "cpu"],
      ["mobilenetv2_050", "webgpu"],
      ["mobilenetv1_050", "webgpu"],
    ][round % 4];
    // Measuring prepares anew each time.
    await lab.call("bench", { model, backend, resolution: 64, warmup: 0, runs: 1 });
    alive.push(await worker.evaluate(() => globalThis.alive));
  }
  assert.ok(alive[3] > 0, "buffers are counted");
  assert.deepEqual(alive.slice(4), alive.slice(4).map(() => alive[3]), `buffers alive after each change: ${alive}`);
});

for (const [failure, code] of [
  ["no-gpu", "gpu.no_adapter"],
  ["no-adapter", "gpu.no_adapter"],
  ["adapter-throws", "gpu.no_adapter"],
  ["silent", "gpu.silent"],
  ["no-device", "gpu.no_device"],
  ["out-of-memory", "gpu.out_of_memory"],
  ["invalid", "gpu.refused"],
  ["lost-twice", "gpu.unreliable"],
]) {
  spec(`where the GPU fails (${failure}), the CPU computes and the page says why`, {}, async ({ open }) => {
    const lab = await visit(open, failure);
    const found = await lab.classify(cat, { model: MODEL, backend: "webgpu" });
    assert.deepEqual([found.backend, found.fallback?.code], ["cpu", code]);
    assert.equal(found.top[0].label, "cat");
    const timing = await lab.call("bench", { model: MODEL, backend: "webgpu", resolution: 64, warmup: 0, runs: 1 });
    assert.deepEqual([timing.backend, timing.fallback?.code], ["cpu", code]);
    await lab.get("sample-chelsea").click();
    const column = lab.column().first();
    await column.getByLabel("Backend").selectOption("webgpu");
    await column.getByTestId("fallback").waitFor();
    // Another network, so other numbers of bytes.
    const withoutNumbers = (text) => text.replaceAll(/\d+/g, "N");
    assert.equal(withoutNumbers(await column.getByTestId("fallback").innerText()), withoutNumbers(found.fallback.message));
    assert.match(await column.locator(".how").first().innerText(), await lab.onCpu());
  });
}

for (const failure of ["lost-before", "lost-during", "lost-after"]) {
  spec(`a GPU that is lost once (${failure}) is asked for again`, {}, async ({ open }) => {
    const lab = await visit(open, failure);
    for (let run = 0; run < 2; run++) {
      const found = await lab.classify(cat, { model: MODEL, backend: "webgpu" });
      assert.deepEqual([found.backend, found.fallback ?? null], ["webgpu", null]);
      assert.equal(found.top[0].label, "cat");
      await lab.page.waitForTimeout(200); // in which the device of "lost-after" goes
    }
  });
}

spec("times are checked against PyTorch's values, and struck through where they are wrong", {}, async ({ open }) => {
  const measure = async (lab) => {
    await lab.column(MODEL).getByLabel("Backend").selectOption("webgpu");
    const others = lab.page.locator(`[data-testid="column"]:not([data-model="${MODEL}"])`);
    while ((await others.count()) > 1) await others.last().getByRole("button", { name: /^Remove/ }).click();
    await lab.get("measure").click();
  };
  const right = await visit(open);
  await measure(right);
  const passed = right.page.locator("svg .detail", { hasText: /^✓ same values as PyTorch/ });
  await passed.nth(1).waitFor({ timeout: 120_000 });
  assert.equal(await right.page.locator("svg .struck").count(), 0);

  const wrong = await visit(open, "wrong-values");
  await measure(wrong);
  const broken = wrong.page.locator("svg .detail", { hasText: /^✗ wrong values from \S+/ });
  await broken.first().waitFor({ timeout: 120_000 });
  assert.match(await broken.first().textContent(), /wrong values from blocks\.0|wrong values from act1|wrong values from bn1/);
  assert.equal(await wrong.page.locator("svg .struck").count(), 1, "the CPU's time still counts");
});
