// The checkpoints that ship with the page: they answer out of the box, say how good they are, and fail one by one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { url } from "./browser.mjs";
import { png } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const folder = new URL("../static/weights/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"));
const shipped = manifest.checkpoints.filter((one) => one.source.bundled);
const file = (checkpoint) => `**/static/weights/${checkpoint.source.bundled.file}`;

/** Opens the page as visitors of a static host do: without a folder of checkpoints beside it. */
const visit = (open, how = {}) => open({ local: false, ...how });

spec("shipped networks answer out of the box", {}, async ({ open }) => {
  const lab = await visit(open);
  assert.equal(lab.requests.filter((address) => address.endsWith(".safetensors")).length, 0, "weights wait for a photo");
  await lab.get("sample-chelsea").click();
  const columns = await lab.column().all();
  assert.ok(columns.length >= 2, `${columns.length} networks`);
  for (const column of columns) {
    const model = await column.getAttribute("data-model");
    assert.equal(await lab.top1(column), "cat", model);
    const { training, classes } = shipped.find((one) => one.model === model);
    const text = await column.textContent();
    assert.ok(text.includes(`CIFAR-10 (${classes} classes)`), text);
    const percent = ((100 * training.test.correct) / training.test.images).toFixed(1);
    assert.ok(text.includes(`Top-1 ${percent} % (95 % interval`), text);
    assert.ok(text.includes(`${training.epochs} epochs`), text);
    assert.ok(text.includes("SGD"), "the recipe stands beside the figure");
  }
  const foreign = lab.requests.filter((address) => !address.startsWith(url) && !/^(data|blob):/.test(address));
  assert.deepEqual(foreign, []);
  assert.deepEqual(lab.complaints, []);
});

spec("classes are named in the visitor's language", {}, async ({ open }) => {
  const lab = await visit(open, { context: { locale: "zh-CN" } });
  await lab.get("sample-chelsea").click();
  const column = lab.column().first();
  await column.getByTestId("top1").filter({ hasText: /^猫$/ }).waitFor();
  const first = column.getByTestId("prediction").first();
  assert.match(await first.innerText(), /^猫/);
  assert.match(await first.getAttribute("title"), /^cat · #3 · /, "its English name is there, too");
  for (const text of await column.getByTestId("prediction").allInnerTexts()) assert.doesNotMatch(text, /[a-z]/i);

  await lab.get("language").click();
  await column.getByTestId("top1").filter({ hasText: /^cat$/ }).waitFor();
  assert.match(await first.getAttribute("title"), /^#3 · /);
  const photo = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));
  const seen = await lab.classify(photo, { model: await column.getAttribute("data-model"), top: 1 });
  assert.deepEqual([seen.top[0].label, seen.top[0].label_zh], ["cat", "猫"], "scripts get both");
});

spec("every shipped checkpoint can be loaded", {}, async ({ open }) => {
  const lab = await visit(open);
  for (const { id, model, sha256 } of shipped) {
    const loaded = await lab.call("load", model, { weights: id });
    assert.deepEqual([loaded.presence, loaded.sha256], ["loaded", sha256], id);
  }
});

spec("ImageNet weights are offered beside shipped ones", {}, async ({ open }) => {
  const lab = await visit(open);
  const offer = lab.get("other-weights").filter({ hasText: /ImageNet \(1000 classes\) · Download (about )?\d/ });
  await offer.first().waitFor();
});

spec("a shipped file that is not the recorded one is refused, the others go on", {}, async ({ open }) => {
  const lab = await visit(open);
  const model = await lab.column().first().getAttribute("data-model");
  const checkpoint = shipped.find((one) => one.model === model);
  const altered = readFileSync(new URL(checkpoint.source.bundled.file, folder));
  altered[altered.length - 1] ^= 1;
  await lab.answer(file(checkpoint), { body: altered });
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.column(model).locator('[data-code="download.hash_mismatch"]').waitFor();
  assert.match(await lab.column(model).innerText(), new RegExp(checkpoint.sha256));
  await lab.column().nth(1).getByTestId("top1").waitFor();
});

spec("a shipped file that is missing is said, the others go on", {}, async ({ open }) => {
  const lab = await visit(open);
  const model = await lab.column().first().getAttribute("data-model");
  const checkpoint = shipped.find((one) => one.model === model);
  await lab.answer(file(checkpoint), { body: "not here", status: 404 });
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.column(model).locator('[data-code="download.status"]').waitFor();
  assert.match(await lab.column(model).innerText(), /404/);
  await lab.column().nth(1).getByTestId("top1").waitFor();
});
