// How good networks are on one's own labelled photos.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PHONE, isNarrow, violations } from "./access.mjs";
import { someOfCifar, withoutCifar } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const SAMPLES = new URL("../static/samples/", import.meta.url);

/** A folder with a folder for each class: the samples in three classes, one photo that is none, and what is no photo. */
function labelled() {
  const folder = mkdtempSync(join(tmpdir(), "labelled-"));
  const add = (path, name) => {
    mkdirSync(join(folder, path), { recursive: true });
    copyFileSync(new URL(name, SAMPLES), join(folder, path, name));
  };
  add("cat", "chelsea.png");
  add("Airplane", "rocket.jpg");
  add("unicorn", "coffee.png");
  add(".", "clock.png");
  writeFileSync(join(folder, "cat", "cut.jpg"), readFileSync(new URL("rocket.jpg", SAMPLES)).subarray(0, 200));
  writeFileSync(join(folder, "cat", "notes.txt"), "no photo");
  return folder;
}

const section = (lab) => lab.get("validation");

async function opened(open, how = {}) {
  const lab = await open({ local: false, ...how });
  await lab.page.locator("#validation-title").evaluate((title) => (title.closest("details").open = true));
  await lab.get("validation-folder").waitFor({ state: "attached" });
  return lab;
}

async function judge(lab, folder) {
  await lab.get("validation-folder").setInputFiles(folder);
  await lab.get("validation-start").click();
  await lab.get("validation-start").waitFor({ state: "hidden" });
  await lab.get("validation-stop").waitFor({ state: "hidden", timeout: 120_000 });
  await lab.get("validation-row").first().waitFor();
}

for (const [locale, context] of [["en", {}], ["zh-CN", PHONE]]) {
  spec(`a folder of labelled photos is judged by the board's networks (${locale})`, {}, async ({ open, step }) => {
    const lab = await opened(open, { context: { ...context, locale } });
    await lab.get("validation-folder").setInputFiles(labelled());
    await step("what was chosen, and what cannot be used of it", async () => {
      const chosen = lab.get("validation-chosen").filter({ hasText: "unicorn" });
      await chosen.waitFor();
      assert.match(await chosen.innerText(), locale === "en" ? /4 photos of 3 classes.*1 pictures have no class/ : /3 个类别，4 张照片/);
    });
    await lab.get("validation-start").click();
    await lab.get("validation-matrix").waitFor();
    await step("a row for every network, and what could not be read", async () => {
      const columns = await lab.page.getByTestId("column").count();
      assert.equal(await lab.get("validation-row").count(), columns);
      // The unicorn has no output, and the cut file no pixels.
      for (const row of await lab.get("validation-row").all()) assert.match(await row.innerText(), /\s2\s/);
      await lab.get("validation-status").filter({ hasText: "cut.jpg" }).waitFor();
    });
    await step("a cell of the confusion matrix opens its photos", async () => {
      await lab.get("validation-matrix").locator("td.right button").first().click();
      const photo = lab.get("validation-photo").first();
      await photo.waitFor();
      assert.ok((await photo.locator("li").count()) >= 4);
      await photo.locator("img").evaluate((image) => image.decode());
    });
    await step("two networks beside each other", async () => {
      await lab.get("validation-verdict").filter({ hasText: "McNemar" }).waitFor();
      await lab.get("validation-other").selectOption("2");
      await lab.get("validation-verdict").waitFor();
      await lab.get("validation-calibration").filter({ hasText: "ECE" }).waitFor();
    });
    await step("files", async () => {
      const [csv] = await Promise.all([lab.page.waitForEvent("download"), lab.get("validation-csv").click()]);
      const lines = readFileSync(await csv.path(), "utf8").trim().split("\r\n");
      assert.equal(lines.length, 5);
      assert.ok(lines.some((line) => /cat\/chelsea\.png,cat,cat,0\.\d+/.test(line)), lines.join("\n"));
      const [json] = await Promise.all([lab.page.waitForEvent("download"), lab.get("validation-json").click()]);
      const { networks, pairs, unreadable } = JSON.parse(readFileSync(await json.path(), "utf8"));
      assert.equal(networks[0].top1.photos, 2);
      assert.equal(pairs.length, (networks.length * (networks.length - 1)) / 2);
      assert.equal(unreadable.length, 1);
    });
    await step("everybody can use it", async () => {
      assert.deepEqual(await violations(lab, "[data-testid=validation]"), []);
      if (context === PHONE) await isNarrow(lab);
    });
    await step("another language keeps what was found", async () => {
      await lab.page.getByTestId("language").first().click();
      await section(lab).getByText(locale === "en" ? "混淆矩阵" : "What is taken for what").waitFor();
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("a folder without classes says what to choose, and a list names classes", {}, async ({ open, step }) => {
  const lab = await opened(open);
  await step("without classes", async () => {
    const empty = mkdtempSync(join(tmpdir(), "labelled-"));
    mkdirSync(join(empty, "cat"));
    writeFileSync(join(empty, "cat", "notes.txt"), "no photo");
    await lab.get("validation-folder").setInputFiles(empty);
    await lab.get("validation-status").filter({ hasText: "no photos with a class" }).waitFor();
  });
  await step("a list goes before the folders", async () => {
    const folder = labelled();
    writeFileSync(join(folder, "labels.csv"), "path,class\ncat/chelsea.png,cat\nclock.png,truck\n");
    await judge(lab, folder);
    assert.match(await lab.get("validation-chosen").innerText(), /2 photos of 2 classes/);
  });
  assert.deepEqual(lab.complaints, []);
});

spec(
  "it counts what classifying one by one counts, stopped and taken up again",
  { skip: withoutCifar },
  async ({ open, step }) => {
    const lab = await opened(open);
    // Forty of each class: enough for wrong answers, few enough for slow machines.
    const { folder, images: photos } = someOfCifar(10, 40);
    const expected = { images: 0, right: 0 };
    const { model, checkpoint } = await lab.page.getByTestId("column").nth(2).evaluate(({ dataset }) => ({ ...dataset }));
    await step("stopped and taken up again", async () => {
      await lab.get("validation-folder").setInputFiles(folder);
      await lab.get("validation-start").click();
      await lab.get("validation-stop").click();
      await lab.get("validation-start").waitFor();
      await lab.get("validation-start").click();
      await lab.get("validation-matrix").waitFor({ timeout: 120_000 });
      await lab.get("validation-stop").waitFor({ state: "hidden", timeout: 120_000 });
      await lab.get("validation-start").waitFor({ state: "hidden" });
    });
    await step("as many right as one by one", async () => {
      for (const [name, bytes] of photos.filter((_, at) => at % 8 === 0)) {
        const { top } = await lab.classify(bytes, { model, weights: checkpoint, top: 1 });
        expected.images += 1;
        expected.right += top[0].label === name;
      }
      const [csv] = await Promise.all([lab.page.waitForEvent("download"), lab.get("validation-csv").click()]);
      const [head, ...rows] = readFileSync(await csv.path(), "utf8").trim().split("\r\n").map((line) => line.split(","));
      assert.equal(rows.length, photos.length);
      const column = head.findIndex((title, at) => at > 1 && at % 2 === 0 && (at - 2) / 2 === 2);
      const right = rows.filter((_, at) => at % 8 === 0).filter((row) => row[1] === row[column]).length;
      assert.deepEqual({ images: rows.filter((_, at) => at % 8 === 0).length, right }, expected);
      const top1 = await lab.get("validation-top1").nth(2).innerText();
      const all = rows.filter((row) => row[1] === row[column]).length;
      assert.ok(top1.startsWith(`${((100 * all) / rows.length).toFixed(1)} %`), `${top1}, ${all} of ${rows.length}`);
    });
    assert.deepEqual(lab.complaints, []);
  },
);
