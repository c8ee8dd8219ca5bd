// Layer by layer: counted at once, measured on demand, beside another network, and copied in every form.
import assert from "node:assert/strict";
import { spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const FORMATS = ["Text", "CSV", "Markdown", "LaTeX", "JSON"];

/** Opens the page of the layers. */
async function openLayers(open, how) {
  const lab = await open(how);
  await lab.goTo("layers");
  return lab;
}

/** The cells of a card's table, row by row; narrow spaces between digits are dropped. */
const cells = (card) =>
  card.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.innerText.replaceAll("\u202f", "").trim())),
  );

spec("layers are counted before anything runs, and measured when asked", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING });
  const card = lab.get("layer-card");
  assert.equal(await card.count(), 1);
  const rows = await cells(card);
  // MobileNetV1: stem, 13 pairs, pool, classifier. Counted by timm 1.0.31: 4 231 976 parameters, 568 740 352 MACs.
  assert.equal(rows.length, 1 + 2 * 13 + 2);
  const sum = (column) => rows.reduce((sum, row) => sum + Number(row[column]), 0);
  assert.deepEqual([sum(4), sum(5)], [4_231_976, 568_740_352]);
  assert.deepEqual(rows[0].slice(0, 4), ["conv_stem", "convolution", "224×224×3", "112×112×32"]);
  assert.equal(rows[0][7], "", "nothing is measured yet");
  assert.match(await lab.get("layer-sentences").innerText(), /MobileNetV1 .*pointwise layers have \d+ % of the mult/);

  await lab.measureLayers();
  const measured = await cells(card);
  assert.equal(measured.length, rows.length, "the rows are those that ran");
  assert.deepEqual(measured.map((row) => row.slice(0, 7)), rows.map((row) => row.slice(0, 7)));
  for (const row of measured) {
    assert.match(row[7], /^\d+(\.\d+)?$/, row.join(" | "));
    assert.match(row[8], /^\d+\.\d %$/, row.join(" | "));
    assert.match(row[9], /^\d+(\.\d+)?$/, row.join(" | "));
    assert.match(row[10], /^(compute|memory)$/, row.join(" | "));
  }
  const shares = measured.reduce((sum, row) => sum + parseFloat(row[8]), 0);
  assert.ok(Math.abs(shares - 100) < 2, `${shares} %`);
  assert.match(await lab.get("layer-sentences").innerText(), /take \d+ % of the time .* ms were measured/s);
  // What ran stands beside the numbers.
  assert.match(await card.innerText(), await lab.onCpu());
  assert.match(await card.innerText(), /roofs: .* MAC\/s and .*B\/s/);
  assert.deepEqual(lab.complaints, []);
});

spec("two networks stand side by side, stride by stride", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING });
  await lab.get("layers-second").selectOption({ label: "MobileNetV2 1.0 · 224" });
  assert.equal(await lab.get("layer-card").count(), 2);
  const names = await lab.get("layers").locator(".figure .name").allTextContents();
  const pairs = [2, 4, 8, 16, 32].flatMap((stride) => [1, 2].map((v) => `stride ${stride} · MobileNetV${v} 1.0 · 224`));
  assert.deepEqual(names, [...pairs, "head · MobileNetV1 1.0 · 224", "head · MobileNetV2 1.0 · 224"]);
  for (const [metric, text] of [["params", /\d M$/], ["activations", /B$/], ["macs", /\d M$/]]) {
    await lab.get("layers-metric").selectOption(metric);
    const labels = await lab.get("stride").allTextContents();
    assert.ok(labels.some((label) => text.test(label)), `${metric}: ${labels.join()}`);
  }
  await lab.get("layers-metric").selectOption("time");
  for (const label of await lab.get("stride").allTextContents()) assert.equal(label, "not measured");
  // The chart has a table twin.
  await lab.get("layers-metric").selectOption("macs");
  const figure = lab.get("layers").locator(".figure");
  await lab.turn("strides");
  assert.equal(await figure.locator("tbody tr").count(), 12);

  await lab.hold("profile", { running: true });
  await lab.get("measure-layers").click();
  await lab.get("layers").locator("progress[value]").waitFor();
  await lab.get("layers").getByTestId("cancel").click();
  await lab.get("measure-layers").waitFor();
  assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
});

spec("columns of one network are told apart", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING });
  const fragment = ["cpu", "webgpu"].map((backend) => `mobilenetv2_100,96x96,random,${backend}`).join(";");
  await lab.page.evaluate((fragment) => (location.hash = fragment), `#board=1;${fragment}`);
  await lab.column("mobilenetv2_100").nth(1).waitFor();
  const names = ["MobileNetV2 1.0 · 96 · CPU", "MobileNetV2 1.0 · 96 · WebGPU"];
  assert.deepEqual(await lab.get("layers-first").locator("option").allInnerTexts(), names);
  assert.deepEqual(await lab.column().evaluateAll((columns) => columns.map((column) => column.ariaLabel)), names);
});

spec("a table is copied in every form", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING, context: { permissions: ["clipboard-read", "clipboard-write"] } });
  const copied = {};
  for (const format of FORMATS) {
    await lab.get(`copy-${format}`).click();
    await lab.get("layer-card").getByText(`Copied as ${format}.`).waitFor();
    copied[format] = await lab.page.evaluate(() => navigator.clipboard.readText());
  }
  assert.match(copied.CSV, /^layer,op,input,output,params,macs,activation_bytes,ms,/);
  assert.match(copied.CSV, /\nconv_stem,conv,224×224×3,112×112×32,928,10838016,1605632,,,,\n/);
  assert.match(copied.Markdown, /^\| layer \| op \|.*\n\| --- \| --- \|/);
  assert.match(copied.LaTeX, /\\begin\{tabular\}.*\\toprule.*conv\\_stem & conv & 224\$\\times\$224/s);
  assert.match(copied.Text, /params: 4231976\nmacs: 568740352\n$/);
  const json = JSON.parse(copied.JSON);
  assert.deepEqual([json.format, json.version, json.layers.length], ["mobilenet-lab-layers", 1, 29]);
  assert.equal(json.measured, null);
  assert.equal(await lab.get("version").innerText(), `MobileNet Lab ${json.page}`);
});

spec("where the browser refuses to copy, the page says so", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING });
  await lab.page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
  });
  await lab.get("copy-CSV").click();
  await lab.message("copy.refused", "did not let the page copy");
});

spec("a count is what one counts: switches reproduce the figures of papers and tools", {}, async ({ open }) => {
  const lab = await openLayers(open, { manifest: NOTHING });
  const receipt = lab.get("receipt");
  const total = async () => Number((await lab.get("receipt-total").innerText()).replaceAll("\u202f", ""));
  const agreeing = () =>
    receipt.locator('[data-testid="figure"][data-agrees="true"] th').evaluateAll((all) => all.map((one) => one.innerText));
  assert.match(await receipt.locator("h3").innerText(), /MobileNetV1 1\.0 · 224/);
  assert.equal(await total(), 568_740_352);
  const paper = "MobileNetV1 paper, tables 4–7";
  assert.deepEqual(await agreeing(), [paper, paper, paper, paper, "timm 1.0.31, counted on its modules"]);
  // Each tool's own output for timm's network, obtained with PyTorch.
  for (const [source, figure] of [
    ["fvcore 0.1.5", 578_875_904],
    ["ptflops 0.7.5 (aten)", 568_741_352],
    ["thop 0.1.1", 568_791_552],
  ]) {
    await receipt.getByRole("button", { name: `Set the switches as ${source} counts` }).click();
    assert.equal(await total(), figure, source);
    assert.ok((await agreeing()).includes(source), source);
  }
  // By hand: twice the products, one addition a bias and nothing else.
  await lab.get("count-pooling").selectOption("no");
  await lab.get("count-unit").selectOption("flop");
  assert.equal(await total(), 2 * 568_740_352);
  await lab.get("count-bias").check();
  assert.equal(await total(), 2 * 568_740_352 + 1000);
  assert.deepEqual(await agreeing(), []);
  // The receipt follows the network.
  const vit = await lab.get("layers-first").locator("option", { hasText: "MobileViT" }).getAttribute("value");
  await lab.get("layers-first").selectOption(vit);
  await receipt.getByRole("button", { name: "Set the switches as fvcore 0.1.5 counts" }).click();
  assert.equal(await total(), 418_204_160);
});
