// Measuring: what ran is shown, it can be stopped, and the page stays alive meanwhile.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { ANSWER, HUB, checkpoint, png, shared } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

/** What `call` resolves to, and how often the page's own thread answered while it ran. */
const answering = async (page, call) => {
  await page.evaluate(() => {
    globalThis.answers = 0;
    globalThis.counting = setInterval(() => globalThis.answers++, 10);
  });
  const result = await call();
  return { result, answers: await page.evaluate(() => (clearInterval(counting), globalThis.answers)) };
};

spec("measurements show time, backend and threads", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  // The smallest comparison: four networks would take their time.
  while ((await lab.column().count()) > 2) await lab.column().last().locator("header button").click();
  await lab.get("measure").click();
  await lab.get("cancel").first().waitFor();
  await lab.get("measure").waitFor();
  const values = await lab.get("latency").allTextContents();
  assert.equal(values.length, 2, values.join());
  for (const value of values) assert.match(value, /^\d+(\.\d+)? ms/, values.join());
  const section = await lab.page.locator(".charts-section").innerText();
  assert.match(section, await lab.onCpu());
});

spec("a measurement can be stopped", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  await lab.drop(["stripes.png", png(64, 64)]);
  await lab.photo("stripes.png").waitFor();
  await lab.get("measure").click();
  await lab.page.locator(".charts-section progress[value]").waitFor();
  await lab.page.locator(".charts-section").getByTestId("cancel").click();
  await lab.get("measure").waitFor();
  const values = await lab.get("latency").allTextContents();
  assert.ok(values.every((value) => !/\d ms/.test(value)), `nothing was measured to its end: ${values.join()}`);
  assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
  assert.equal(await lab.photo("stripes.png").count(), 1);
  // And it can be started again.
  await lab.get("measure").click();
  await lab.page.locator(".charts-section").getByTestId("cancel").click();
  await lab.get("measure").waitFor();
});

spec("the scripting interface answers in plain JSON with units", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const models = await lab.call("models");
  const small = models.find((model) => model.id === HUB.model);
  // Counted by timm 1.0.31 on its own network.
  assert.equal(small.params, 1_593_224, JSON.stringify(small));
  assert.equal(small.conv_linear_macs, 24_188_688, JSON.stringify(small));
  assert.deepEqual(small.resolution_px, [224, 224]);
  assert.ok(models.length >= 20, `${models.length} networks`);

  const timing = await lab.call("bench", { model: HUB.model, resolution: 96, warmup: 1, runs: 7 });
  assert.equal(timing.samples_ms.length, 7);
  assert.deepEqual(timing.resolution, [96, 96]);
  assert.equal(timing.backend, "cpu");
  assert.equal(timing.threads, (await lab.call("environment")).threads);
  assert.equal(timing.checkpoint, null);
  const sorted = timing.samples_ms.toSorted((a, b) => a - b);
  assert.equal(timing.median_ms, sorted[3]);
  assert.equal(timing.min_ms, sorted[0]);
  assert.ok(timing.min_ms > 0 && timing.weight_bytes > 4e6 && timing.activation_bytes > 0, JSON.stringify(timing));

  assert.equal(await lab.load(HUB.model, checkpoint()), HUB.model);
  const seen = await lab.classify(png(300, 200), { model: HUB.model, backend: "reference", top: 3 });
  assert.equal(seen.backend, "reference");
  assert.deepEqual([seen.image.width, seen.image.height, seen.image.format], [300, 200, "PNG"]);
  assert.equal(seen.top.length, 3);
  assert.deepEqual([seen.top[0].index, seen.top[0].label], [ANSWER.index, ANSWER.label]);
  assert.ok(Math.abs(seen.top[0].probability - ANSWER.probability) < 1e-3, JSON.stringify(seen.top));
  assert.ok(seen.run_ms > 0 && seen.preprocess_ms >= 0, JSON.stringify(seen));

  assert.equal(await lab.rejection("load", "no_such_network"), "unknown_model");
  assert.equal(await lab.rejection("bench", { model: HUB.model, backend: "abacus" }), "api.argument");
  assert.equal(await lab.rejection("verify", "{}"), "golden.malformed");
});

spec("a network is verified in the browser, value by value, and the page answers meanwhile", {}, async ({ open }) => {
  const lab = await open();
  const golden = gunzipSync(shared("golden/mobilenetv3_small_100_224.json.gz")).toString();
  const { cases } = await lab.call("verify", golden, { backend: "cpu" });
  assert.equal(cases.length, 2);
  for (const one of cases) {
    assert.ok(one.passed, JSON.stringify(one));
    assert.equal(one.backend, "cpu");
    assert.ok(one.stages_checked >= 12, JSON.stringify(one));
  }
  // The reference backend computes a large network for seconds in one go: on the page's own thread no timer would fire
  // meanwhile.
  const large = gunzipSync(shared("golden/mobilenetv1_100_224.json.gz")).toString();
  const { result, answers } = await answering(lab.page, () => lab.call("verify", large, { backend: "reference" }));
  assert.ok(result.cases.every((one) => one.passed && one.backend === "reference"), JSON.stringify(result));
  assert.ok(answers >= 20, `the page answered only ${answers} times while the engine computed`);
  // It must be able to fail.
  const shifted = JSON.parse(golden);
  shifted.cases[0].logits_f64[7] += 0.01;
  const [first] = (await lab.call("verify", JSON.stringify(shifted), { backend: "cpu" })).cases;
  assert.equal(first.passed, false);
});
