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
  while ((await lab.column().count()) > 2) await lab.column().last().getByTestId("remove").click();
  await lab.measure();
  const values = await lab.get("latency").allTextContents();
  assert.equal(values.length, 2, values.join());
  for (const value of values) assert.match(value, /^\d+(\.\d+)? ms/, values.join());
  const section = await lab.page.locator(".charts-section").innerText();
  assert.match(section, await lab.onCpu());
  // Beside each median: its interval, the number of samples, the confidence; beside the slower one: the comparison.
  assert.equal(section.match(/95 % interval [\d.]+–[\d.]+ ms · n = \d+/g)?.length, 2, section);
  assert.equal(section.match(/Confidence [A-D]/g)?.length, 2, section);
  assert.match(section, /\d\.\d\d× MobileNetV\d [^\n]*\(\d\.\d\d–\d\.\d\d\)/, section);
  // The table has the same and more.
  const figure = lab.get("figure-latency");
  await lab.turn("latency");
  const rows = await figure.locator("tbody tr").allInnerTexts();
  assert.equal(rows.length, 2);
  const headings = await figure.locator("thead th").allInnerTexts();
  for (const heading of ["median, ms", "95 % from, ms", "confidence", "MAD, ms"]) {
    assert.ok(headings.includes(heading), headings.join());
  }
});

spec("values that could not be compared are compared the next time", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  while ((await lab.column().count()) > 2) await lab.column().last().getByTestId("remove").click();
  const says = (text) => lab.get("figure-latency").getByText(text).first().waitFor();
  await lab.page.route("**/static/goldens/*", (route) => route.abort());
  await lab.measure();
  await says(/goldens.* could not be fetched/);
  await lab.page.unroute("**/static/goldens/*");
  await lab.measure();
  await says(/same values as PyTorch/);
});

spec("networks take turns in the order of a seed, and samples are kept", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const [small, wide] = ["mobilenetv3_small_100", "mobilenetv1_100"].map((model) => ({ model, resolution: 96 }));
  const timings = await lab.call("compare", [small, wide], { warmup: 1, runs: 20, seed: 7 });
  assert.deepEqual(timings.map(({ model }) => model), [small.model, wide.model]);
  for (const timing of timings) {
    assert.equal(timing.samples_ms.length, 20);
    assert.deepEqual(timing.rounds, Array(10).fill(2), "ten rounds of two samples");
    assert.equal(timing.seed, 7);
    const [low, high] = timing.interval_ms;
    assert.ok(low <= timing.median_ms && timing.median_ms <= high, JSON.stringify(timing));
    assert.ok(timing.mad_ms >= 0 && timing.p95_ms === null && timing.timer_step_ms > 0, JSON.stringify(timing));
    assert.ok(timing.batch >= 1 && timing.batch * timing.min_ms >= 20 * timing.timer_step_ms, JSON.stringify(timing));
    // Twenty samples are fewer than thirty, and one warm-up run cannot be flat.
    assert.ok(["B", "C", "D"].includes(timing.grade), timing.grade);
    const { few_samples } = timing.reasons.find((reason) => reason.few_samples);
    assert.deepEqual(few_samples, { n: 20 });
    assert.ok(timing.reasons.includes("warm_up"), JSON.stringify(timing.reasons));
  }
  // V1 has ten times the multiply-accumulates: no machine is noisy enough to hide that.
  const [fast, slow] = timings;
  assert.equal(fast.beside_fastest, null);
  assert.equal(slow.beside_fastest.other.model, small.model);
  assert.equal(slow.beside_fastest.verdict, "slower");
  assert.equal(slow.beside_fastest.rounds, 10);
  assert.ok(slow.beside_fastest.interval[0] > 1, JSON.stringify(slow.beside_fastest));

  assert.equal(await lab.rejection("compare", []), "api.argument");
  assert.equal(await lab.rejection("compare", [{ model: "none" }]), "unknown_model");
  assert.equal(await lab.rejection("compare", [{ ...small, runs: 3 }]), "api.argument");
});

spec("a hidden tab makes a measurement worthless, and the page says so", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const hide = (hidden) =>
    lab.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await lab.hold("bench", { running: true });
  await lab.get("measure").click();
  await lab.page.locator(".board-actions progress[value]").waitFor();
  await hide(true);
  await lab.message("bench.hidden", "hidden");
  await lab.get("measure").waitFor();
  const values = await lab.get("latency").allTextContents();
  assert.ok(values.every((value) => !/\d ms/.test(value)), values.join());
  assert.equal(await lab.rejection("bench", { model: HUB.model }), "bench.hidden", "scripts are told as well");
  await hide(false);
  await lab.hold("bench", { running: true });
  const running = lab.rejection("bench", { model: HUB.model });
  await lab.held("bench");
  await hide(true);
  assert.equal(await running, "bench.hidden");
});

spec("a measurement can be stopped", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  await lab.drop(["stripes.png", png(64, 64)]);
  await lab.photo("stripes.png").waitFor();
  await lab.hold("bench", { running: true });
  await lab.get("measure").click();
  await lab.page.locator(".board-actions progress[value]").waitFor();
  await lab.page.locator(".board-actions").getByTestId("cancel").click();
  await lab.get("measure").waitFor();
  const values = await lab.get("latency").allTextContents();
  assert.ok(values.every((value) => !/\d ms/.test(value)), `nothing was measured to its end: ${values.join()}`);
  assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
  assert.equal(await lab.photo("stripes.png").count(), 1);
  // And it can be started again.
  await lab.get("measure").click();
  await lab.page.locator(".board-actions").getByTestId("cancel").click();
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
