// Networks in int8: what they see beside f32, what they weigh, how exact their layers are, and what they are calibrated on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { url } from "./browser.mjs";
import { spec } from "./lab.mjs";

const cat = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));

/** Opens the page with shipped checkpoints only. */
const visit = (open, build, how = {}) => open({ local: false, url: build ? `${url}?build=${build}` : url, ...how });

const BACKEND = "cpu-int8";
const isOfInt8 = (address) => address.includes("/worker/int8/");

for (const build of ["relaxed", "simd"]) {
  spec(`in int8, networks see what they see in f32 (${build})`, {}, async ({ open }) => {
    const lab = await visit(open, build);
    for (const model of ["mobilenetv1_050", "mobilenetv2_050", "mobilenetv3_large_100"]) {
      const f32 = await lab.classify(cat, { model, backend: "cpu", top: 10 });
      assert.deepEqual(lab.requests.filter(isOfInt8).length > 0, model !== "mobilenetv1_050", "loaded when asked for");
      const int8 = await lab.classify(cat, { model, backend: BACKEND, top: 10 });
      assert.deepEqual([int8.backend, int8.threads, int8.fallback ?? null], [BACKEND, 1, null]);
      assert.equal(int8.top[0].label, f32.top[0].label, model);
      const logits = (seen) => seen.top.toSorted((a, b) => a.index - b.index).map(({ logit }) => logit);
      const [ours, theirs] = [logits(int8), logits(f32)];
      const largest = Math.max(...theirs.map(Math.abs));
      ours.forEach((logit, i) => assert.ok(Math.abs(logit - theirs[i]) < 0.25 * largest, `${model}: ${ours} / ${theirs}`));
      assert.notDeepEqual(ours, theirs, `${model} is not f32 by another name`);
      const again = await lab.classify(cat, { model, backend: BACKEND, top: 10 });
      assert.deepEqual(again.top, int8.top, "the same bits every time");
    }
    const loaded = lab.requests.filter((address) => isOfInt8(address) && address.endsWith(".wasm"));
    assert.deepEqual(loaded.map((address) => address.match(/int8\/([^/]+)\//)[1]), [build]);
    assert.deepEqual(lab.complaints, []);
  });
}

spec("weights in int8 take little more than a quarter of f32's room", {}, async ({ open }) => {
  const lab = await visit(open);
  const bench = (model, backend) => lab.call("bench", { model, backend, resolution: 64, warmup: 0, runs: 1 });
  for (const model of ["mobilenetv1_100", "mobilenetv2_100", "mobilevit_xxs"]) {
    const [int8, f32] = [await bench(model, BACKEND), await bench(model, "cpu")];
    assert.deepEqual([int8.backend, int8.threads], [BACKEND, 1]);
    assert.ok(int8.median_ms > 0);
    assert.ok(int8.weight_bytes < 0.35 * f32.weight_bytes, `${model}: ${int8.weight_bytes} of ${f32.weight_bytes}`);
  }
});

spec("layers say what they are computed in and how exact that is", {}, async ({ open }) => {
  const lab = await visit(open);
  const model = "mobilevit_xxs";
  const { layers, nodes_ms, exactness } = await lab.call("profile", { model, weights: `${model}.cifar10`, backend: BACKEND, resolution: 64 });
  assert.equal(exactness.length, nodes_ms.length);
  const of = (op) => layers.filter((layer) => layer.cost.op === op).map((layer) => exactness[layer.node]);
  assert.ok(of("attention").length > 0 && of("attention").every(({ in_bytes }) => !in_bytes), "attention stays f32");
  assert.ok(of("depthwise_conv").length > 0 && of("depthwise_conv").every(({ in_bytes }) => in_bytes));
  for (const { sqnr_db } of exactness) assert.ok(sqnr_db === null || (sqnr_db > 5 && sqnr_db < 200), `${sqnr_db} dB`);
  const plain = await lab.call("profile", { model, backend: "cpu", resolution: 64 });
  assert.deepEqual(plain.exactness, []);
});

spec("a row runs in int8 and says so, calibrated on samples or on the visitor's photos", {}, async ({ open }) => {
  const lab = await visit(open);
  await lab.drop(["cat.png", cat]);
  const column = lab.column().first();
  assert.equal(await lab.top1(column), "cat");
  assert.equal(await column.getByLabel("int8 calibrated on").count(), 0);
  await column.getByLabel("Backend").selectOption(BACKEND);
  await column.locator(".how", { hasText: "CPU, int8 · 1 thread" }).waitFor();
  assert.equal(await lab.top1(column), "cat");

  const calibration = column.getByLabel("int8 calibrated on");
  assert.deepEqual(await calibration.locator("option").allInnerTexts(), ["the samples of this page", "photos of yours: 1"]);
  const seen = async () => (await lab.classify(cat, { model: "mobilenetv1_050", backend: BACKEND })).top[0].logit;
  const onSamples = await seen();
  await calibration.selectOption("photos");
  await column.locator(".how", { hasText: "CPU, int8 · 1 thread" }).waitFor();
  assert.equal(await lab.top1(column), "cat");
  assert.notEqual(await seen(), onSamples, "other photos, other ranges");
  await calibration.selectOption("samples");
  assert.equal(await seen(), onSamples);

  await lab.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    await mobilenetLab.calibrate([new Blob([bytes])]);
  }, cat.toString("base64"));
  assert.notEqual(await seen(), onSamples, "scripts choose photos too");
  await lab.call("calibrate");
  assert.equal(await seen(), onSamples);
  assert.deepEqual(lab.complaints, []);
});

spec("where the program for int8 cannot be had, the page says so and the CPU goes on", {}, async ({ open }) => {
  const lab = await visit(open, undefined, { prepare: (page) => page.route("**/worker/int8/**", (route) => route.abort()) });
  const failed = await lab.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const options = { model: "mobilenetv1_050", backend: "cpu-int8" };
    return mobilenetLab.classify(new Blob([bytes]), options).then(() => "answered", (error) => error.code);
  }, cat.toString("base64"));
  assert.equal(failed, "int8.module");
  assert.equal(await lab.rejection("verify", "{}", { backend: BACKEND }), "golden.malformed");
  const { backend } = await lab.classify(cat, { model: "mobilenetv1_050", backend: "cpu" });
  assert.equal(backend, "cpu");
});
