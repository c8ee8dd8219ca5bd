// What leaves the page on the visitor's wish: the board as a link, results as files; and what comes back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { HUB } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** Network and side of each column. */
const board = (lab) =>
  lab.column().evaluateAll((columns) => columns.map(({ dataset, ariaLabel }) => `${dataset.model} ${ariaLabel.split(" · ").at(-1)}`));

/** Where a column's side is chosen. */
const side = (lab, model) => lab.column(model).locator("label", { hasText: /^Input px/ }).locator("select");

/** Opens the page at a fragment. */
const openAt = async (open, fragment, how = {}) => {
  const lab = await open({ manifest: NOTHING, engine: false, ...how });
  await lab.page.goto("about:blank");
  await lab.page.goto(`${lab.address}${fragment}`);
  await lab.ready();
  return lab;
};

spec("a link opens the same board, and no server sees it", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING, context: CLIPBOARD });
  await lab.column().last().getByTestId("remove").click();
  const before = await board(lab);
  await lab.get("copy-link").click();
  await lab.page.getByText("Link copied.").waitFor();
  const link = await lab.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, lab.page.url());
  const fragment = new URL(link).hash;
  assert.match(fragment, /^#board=1;mobilenetv1_100,224x224,random,auto;/);

  const other = await openAt(open, fragment);
  assert.deepEqual(await board(other), before);
  assert.ok(other.requests.every((address) => !address.includes("board=")), "the fragment stays in the browser");
  // A link that is opened in a page that is already there.
  await other.page.evaluate(() => (location.hash = "#board=1;mobilenetv2_035,96x96,random,cpu;mobilenetv1_025,128x128,random,auto"));
  await other.column("mobilenetv2_035").waitFor();
  assert.deepEqual(await board(other), ["mobilenetv2_035 96", "mobilenetv1_025 128"]);
  assert.equal(await other.get("message").count(), 0);
});

spec("the address stays that of the board while columns change", {}, async ({ open }) => {
  const lab = await openAt(open, "#board=1;mobilenetv1_100,224x224,random,auto;mobilenetv2_100,224x224,random,auto");
  await side(lab, "mobilenetv2_100").selectOption("160");
  await lab.page.waitForFunction(() => location.hash.includes("mobilenetv2_100,160x160"));
  await lab.get("page-models").click();
  await lab.get("shelf-empty").waitFor();
  await lab.page.goBack();
  await lab.get("shelf-empty").waitFor({ state: "detached" });
  assert.deepEqual(await board(lab), ["mobilenetv1_100 224", "mobilenetv2_100 160"]);
});

spec("what is changed while the engine starts stays", {}, async ({ open }) => {
  let answer;
  const asked = new Promise((resolve) => (answer = resolve));
  const prepare = (page) =>
    page.route("**/static/weights/manifest.json", async (route) => {
      await asked;
      await route.fulfill({ json: NOTHING, headers: { "Cross-Origin-Resource-Policy": "same-origin" } });
    });
  const lab = await open({ manifest: NOTHING, engine: false, prepare });
  await side(lab, "mobilenetv1_100").selectOption("160");
  const before = await board(lab);
  answer();
  await lab.ready();
  assert.deepEqual(await board(lab), before);
  assert.ok(before.includes("mobilenetv1_100 160"), before.join());
});

spec("a link that cannot be used says why, and the page works all the same", {}, async ({ open }) => {
  const fine = "mobilenetv1_100,224x224,random,auto";
  for (const [fragment, code, part] of [
    [`#board=9;${fine};${fine}`, "link.version", "9"],
    [`#board=1;${fine}`, "link.columns", "1 columns"],
    [`#board=1;${fine};mobilenetv1_100,big,random,auto`, "link.damaged", "big"],
    [`#board=1;${fine};mobilenetv9,224x224,random,auto`, "unknown_model", "mobilenetv9"],
  ]) {
    const lab = await openAt(open, fragment);
    await lab.message(code, part);
    assert.ok((await lab.column().count()) >= 2, code);
  }
  const lab = await openAt(open, `#board=1;${fine};mobilenetv2_100,224x224,file%3Amine.safetensors,auto`);
  await lab.message("link.weights", "file:mine.safetensors");
  assert.deepEqual(await board(lab), ["mobilenetv1_100 224", "mobilenetv2_100 224"]);
});

spec("results go to a file and come back from one", {}, async ({ open }) => {
  const fragment = `#board=1;${HUB.model},64x64,random,auto;mobilenetv2_035,64x64,random,auto`;
  const lab = await openAt(open, fragment);
  assert.ok(await lab.get("export-json").isDisabled(), "nothing is measured yet");
  await lab.measure();
  const download = async (testid) => {
    const [download] = await Promise.all([lab.page.waitForEvent("download"), lab.get(testid).click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const json = await download("export-json");
  assert.equal(json.name, "mobilenet-lab-results.json");
  const results = JSON.parse(json.text);
  assert.deepEqual([results.format, results.version], ["mobilenet-lab-results", 1]);
  assert.deepEqual(results.results.map(({ config }) => config.model), [HUB.model, "mobilenetv2_035"]);
  assert.ok(results.environment.timer_step_ms > 0 && results.browser.length > 0 && results.exported.endsWith("Z"));
  assert.match(results.page, /^\d+\.\d+\.\d+ \(([0-9a-f]{12,}\+?|unknown)\)$/);
  assert.equal(await lab.get("version").innerText(), `MobileNet Lab ${results.page}`);
  assert.ok(results.results.every(({ timing }) => timing.samples_ms.length >= 30), "every sample is in it");
  const csv = await download("export-csv");
  assert.equal(csv.name, "mobilenet-lab-results.csv");
  const [headings, ...lines] = csv.text.trim().split("\n");
  assert.match(headings, /^network,model,height_px,.*,median_ms,interval_low_ms,/);
  assert.equal(lines.length, 2);
  assert.ok(headings.endsWith(",page") && lines.every((line) => line.endsWith(`,${results.page}`)), csv.text);

  // On another device, that has measured nothing.
  const other = await openAt(open, fragment);
  const give = (name, text) =>
    other.get("import-input").setInputFiles([{ name, mimeType: "application/json", buffer: Buffer.from(text) }]);
  await give("elsewhere.json", json.text);
  await other.get("imported").waitFor();
  const labels = await other.get("latency").allTextContents();
  assert.equal(labels.length, 4);
  assert.ok(labels.slice(0, 2).every((label) => label === "not measured"), labels.join());
  assert.ok(labels.slice(2).every((label) => /^\d+(\.\d+)? ms$/.test(label)), labels.join());
  assert.match(await other.get("figure-latency").innerText(), /from elsewhere\.json, not measured here/);

  for (const [name, text, code, part] of [
    ["cut.json", json.text.slice(0, 300), "results.not_json", "line"],
    ["other.json", "{}", "results.format", "neither results"],
    ["newer.json", json.text.replace('"version": 1,', '"version": 7,'), "results.version", "7"],
    ["lacking.json", json.text.replaceAll('"samples_ms"', '"samples"'), "results.damaged", "samples_ms"],
    ["changed.json", json.text.replace(/"median_ms": [\d.]+/, '"median_ms": 0.001'), "results.contradiction", "median"],
  ]) {
    await give(name, text);
    await other.message(code, part);
  }
  assert.equal(await other.get("imported").count(), 1, "what was there stays");
  await other.get("imported").getByRole("button").click();
  assert.equal(await other.get("latency").count(), 2);
  // Dropped like any other file. Those of several devices have the same name; the same results twice are one.
  const later = json.text.replace(results.exported, "2031-01-02T03:04:05.678Z");
  for (const text of [json.text, later, json.text]) await other.drop([json.name, Buffer.from(text)]);
  await other.get("latency").nth(5).waitFor();
  const origins = await other.get("imported").locator("small").allInnerTexts();
  assert.equal(origins.length, 2, origins.join());
  assert.ok(origins.some((line) => line.includes("exported 2031-01-02 03:04:05 UTC, ")), origins.join());
  assert.ok(origins.every((line) => /\d used, \d on this device/.test(line)), origins.join());
});
