// A visitor's own network: it goes the way of the others. And what modules of a network return, on every backend.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ANSWER, checkpoint } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };
const cat = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));
const BACKENDS = ["reference", "cpu", "webgpu"];

/** MobileNetV3-Small with the last block of every row of several left out. */
async function shortened(lab, title = "Mine; été, 100 %") {
  const file = await lab.call("network", "mobilenetv3_small_050");
  const rows = file.network.rows.map((row) => ({ ...row, count: row.count > 1 ? row.count - 1 : row.count }));
  return { ...file, network: { ...file.network, title, rows } };
}
/** The blocks that it lacks. */
const LACKS = /^blocks\.(2\.2|3\.1|4\.2)\./;

/** What modules return, as arrays. */
const capture = (lab, bytes, options) =>
  lab.page.evaluate(
    async ([base64, options]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const captured = await mobilenetLab.capture(new Blob([bytes]), options).catch((error) => ({ code: error.code, message: error.message }));
      for (const stage of captured.stages ?? []) {
        if (!(stage.values instanceof Float32Array)) throw new Error("values are no Float32Array");
        stage.values = Array.from(stage.values);
      }
      return captured;
    },
    [bytes.toString("base64"), options],
  );

/** The largest difference, by the spread of the values. */
function difference(a, b) {
  assert.equal(a.length, b.length);
  const mean = a.reduce((sum, x) => sum + x, 0) / a.length;
  const spread = Math.sqrt(a.reduce((sum, x) => sum + (x - mean) ** 2, 0) / a.length);
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]))) / spread;
}

spec("a network from a file gets a column, costs, layers, times and predictions", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  const file = await shortened(lab);
  const count = await lab.column().count();
  await lab.drop(["mine.json", Buffer.from(JSON.stringify(file))]);
  const column = lab.page.locator('[data-testid="column"][data-model^="custom:"]');
  await column.waitFor();
  assert.equal(await lab.column().count(), count + 1);
  assert.match(await column.getAttribute("aria-label"), /^Mine; été, 100 % · 224/);
  const id = await column.getAttribute("data-model");

  const models = await lab.call("models");
  const [mine, original] = [id, "mobilenetv3_small_050"].map((id) => models.find((model) => model.id === id));
  assert.ok(mine.params < original.params && mine.conv_linear_macs < original.conv_linear_macs);
  assert.equal(await lab.call("add", file), id, "the same network is there once");

  // It runs everywhere, and times are kept under its name.
  for (const backend of BACKENDS) {
    const timing = await lab.call("bench", { model: id, backend, resolution: 64, warmup: 1, runs: 3 });
    assert.deepEqual([timing.model, timing.backend, timing.fallback ?? null], [id, backend, null]);
  }
  // Its weights are recognised: those of the original without the blocks that it lacks.
  const weights = checkpoint((tensors) => {
    for (const name of Object.keys(tensors)) if (LACKS.test(name)) delete tensors[name];
  });
  await lab.drop(["mine.safetensors", weights]);
  await lab.page.locator(`[data-model="${id}"][data-checkpoint="${dropped(weights, "mine.safetensors")}"]`).waitFor();
  for (const backend of BACKENDS) {
    const { top } = await lab.classify(cat, { model: id, weights: dropped(weights, "mine.safetensors"), backend });
    assert.equal(top[0].index, ANSWER.index, backend);
    assert.ok(Math.abs(top[0].probability - ANSWER.probability) < 1e-3, `${backend}: ${top[0].probability}`);
  }
  // Its layers are counted as others' are.
  const name = await column.getAttribute("aria-label");
  await lab.goTo("layers");
  await lab.get("layers-first").selectOption({ label: name });
  await lab.get("layer-card").getByText(name).first().waitFor();
  const rows = await lab.get("layer-card").locator("tbody tr").allInnerTexts();
  assert.ok(rows.some((row) => row.startsWith("blocks.4.1.conv_pwl")) && !rows.some((row) => LACKS.test(row)), rows.join());
  assert.deepEqual(lab.complaints, []);
});

spec("a network travels in a link, and results of it in their file", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING, context: CLIPBOARD });
  await lab.drop(["mine.json", Buffer.from(JSON.stringify(await shortened(lab)))]);
  const column = lab.page.locator('[data-testid="column"][data-model^="custom:"]');
  await column.waitFor();
  await lab.get("copy-link").click();
  await lab.page.getByText("Link copied.").waitFor();
  const fragment = new URL(await lab.page.evaluate(() => navigator.clipboard.readText())).hash;
  assert.match(fragment, /^#board=1;own2=[\w-]+;/);

  const other = await open({ manifest: NOTHING, engine: false });
  await other.page.goto("about:blank");
  await other.page.goto(`${other.address}${fragment}`);
  await other.ready();
  const there = other.page.locator('[data-testid="column"][data-model^="custom:"]');
  await there.waitFor();
  assert.equal(await there.locator("h3").innerText(), await column.locator("h3").innerText());
  assert.equal(await other.get("message").count(), 0);
  const id = await there.getAttribute("data-model");
  assert.equal((await other.call("bench", { model: id, backend: "cpu", resolution: 64, warmup: 1, runs: 3 })).model, id);
  assert.deepEqual(lab.complaints, []);
});

spec("a network that cannot be used says what is wrong and in which row", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  const fine = await shortened(lab);
  const columns = await lab.column().count();
  const broken = (change) => {
    const file = structuredClone(fine);
    change(file);
    return Buffer.from(JSON.stringify(file));
  };
  const unit = (network) => network.rows[0].block.unit;
  for (const [change, code, part] of [
    [(file) => (file.version = 2), "network.version", "2"],
    [(file) => (file.format = "photo"), "results.format", "neither"],
    [(file) => delete file.network.rows, "network.damaged", "rows"],
    [(file) => (file.network.rows[1].block = { magic: {} }), "network.damaged", "magic"],
    [(file) => (file.network.rows = []), "spec.size", "0 operations"],
    [(file) => (unit(file.network).out = { fixed: 4294967295 }), "spec.row", "row 1"],
    [(file) => (unit(file.network).kernel = 4294967295), "spec.row", "row 1"],
    [(file) => (unit(file.network).stride = 0), "spec.row", "row 1"],
    [(file) => (file.network.rows[1].count = 4294967295), "spec.size", "operations"],
    [(file) => (file.network.widths = [1e9]), "spec.width", "1000000000"],
    [(file) => (file.network.resolutions = [100000]), "spec.resolution", "100000"],
  ]) {
    await lab.drop(["broken.json", broken(change)]);
    await lab.message(code, part);
    await lab.dismissMessages();
    const rejected = code === "results.format" ? "network.damaged" : code;
    assert.equal(await lab.rejection("add", JSON.parse(broken(change))), rejected);
  }
  assert.equal(await lab.column().count(), columns);
  // What reads no photos, or is too large for the memory here, can be counted all the same.
  const mono = await lab.call("add", { ...fine, network: { ...fine.network, channels: 1 } });
  assert.equal((await lab.call("bench", { model: mono, backend: "cpu", resolution: 64, warmup: 1, runs: 3 })).model, mono);
  assert.equal((await capture(lab, cat, { model: mono, stages: ["blocks.0"] })).code, "model.channels");
  assert.equal(await lab.rejection("bench", { model: mono, backend: "reference", resolution: 4096, warmup: 1, runs: 1 }), "model.too_large");
  // What ends in a map has no classes to tell.
  const headless = await lab.call("add", { ...fine, network: { ...fine.network, rows: fine.network.rows.slice(0, -3) } });
  const weights = checkpoint((tensors) => {
    for (const name of Object.keys(tensors)) if (LACKS.test(name) || /^(conv_head|classifier)/.test(name)) delete tensors[name];
  });
  assert.equal(await lab.load(headless, weights), headless);
  const told = await lab.classify(cat, { model: headless, weights: dropped(weights), backend: "cpu" }).then(() => "told", String);
  assert.match(told, /ends in 7×7×\d+, not in a number for each class/);
  assert.deepEqual(lab.complaints, []);
});

spec("what modules return is the same on every backend", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  for (const [model, stages] of [
    ["mobilenetv3_small_050", ["blocks.1", "blocks.3.1", "conv_head"]],
    ["ghostnet_050", ["blocks.2.0", "blocks.4.0"]],
    ["shufflenet_v2_x0_5", ["stage2.1", "conv5"]],
  ]) {
    const all = [];
    for (const backend of BACKENDS) {
      const captured = await capture(lab, cat, { model, stages, backend, resolution: [64, 96] });
      assert.deepEqual(captured.stages?.map(({ name }) => name), stages, JSON.stringify(captured).slice(0, 300));
      assert.equal(captured.backend, backend);
      all.push(captured.stages);
    }
    const [reference, ...others] = all;
    reference.forEach(({ name, shape, values }, i) => {
      const { h = 1, w = 1, c } = shape.map ?? shape.vector;
      assert.equal(values.length, h * w * c, name);
      assert.ok(new Set(values).size > 10, `${name} is not constant`);
      for (const other of others) {
        assert.deepEqual(other[i].shape, shape);
        assert.ok(difference(values, other[i].values) < 1e-3, `${model} ${name}: ${difference(values, other[i].values)}`);
      }
    });
  }
  const unknown = await capture(lab, cat, { model: "mobilenetv3_small_050", stages: ["blocks.1", "blocks.77"] });
  assert.equal(unknown.code, "unknown_stage");
  assert.match(unknown.message, /"blocks\.77".*blocks\./);
  assert.equal(await lab.rejection("capture", {}, { model: "mobilenetv3_small_050", stages: ["blocks.1"] }), "api.argument");
  assert.deepEqual(lab.complaints, []);
});
