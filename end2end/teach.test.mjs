// The board's networks learn a visitor's own classes.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PHONE, isNarrow, keyboard, violationsInBoth } from "./access.mjs";
import { someOfCifar, withoutCifar } from "./fixtures.mjs";
import { PATIENCE, spec } from "./lab.mjs";

const SAMPLES = new URL("../static/samples/", import.meta.url);

const photo = (name, as = name) => ({ name: as, mimeType: "image/jpeg", buffer: readFileSync(new URL(name, SAMPLES)) });
/** The same thing under several names, in two sizes. */
const photos = (name, large, count = 4) =>
  Array.from({ length: count }, (_, at) => photo(at % 2 ? large : `small/${name}.jpg`, `${name}-${at}.jpg`));
const NO_PHOTO = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };

async function opened(open, how = {}) {
  const lab = await open({ local: false, ...how });
  await lab.page.locator("#teach-title").evaluate((title) => (title.closest("details").open = true));
  await lab.get("teach-class").nth(1).waitFor();
  return lab;
}

const give = (lab, at, files) => lab.get("teach-photos").nth(at).setInputFiles(files);

/** Two classes of four photos each. */
async function prepared(lab, names = ["cat", "rocket"]) {
  for (const [at, name] of names.entries()) await lab.get("teach-name").nth(at).fill(name);
  await give(lab, 0, photos("chelsea", "chelsea.png"));
  await give(lab, 1, photos("rocket", "rocket.jpg"));
}

async function learned(lab) {
  await lab.get("teach-learn").click();
  await lab.get("teach-put").waitFor({ timeout: 4 * PATIENCE });
}

for (const [locale, context] of [["en", {}], ["zh-CN", PHONE]]) {
  spec(`networks learn classes from a few photos, and tell them on the board (${locale})`, {}, async ({ open, step }) => {
    const lab = await opened(open, { context: { ...context, locale } });
    const classes = locale === "en" ? ["cat", "rocket"] : ["猫", "火箭"];
    const columns = await lab.get("column").count();
    let saved;
    await step("classes, their names and photos", async () => {
      await prepared(lab, classes);
      // What is no photo is found out when it is read.
      await give(lab, 1, [NO_PHOTO]);
      assert.match(await lab.get("teach-count").nth(0).innerText(), locale === "en" ? /^4 photos$/ : /^4 张照片$/);
      assert.match(await lab.get("teach-count").nth(1).innerText(), /^5 /);
    });
    await step("every network has a row, and what could not be read is named", async () => {
      await learned(lab);
      assert.equal(await lab.get("teach-row").count(), columns);
      for (const right of await lab.get("teach-right").all()) assert.match(await right.innerText(), /^100\.0 % \(\d+\.\d–100\.0\)$/);
      await lab.get("teach-status").filter({ hasText: "notes.txt" }).waitFor();
      assert.match(await lab.get("teach-count").nth(1).innerText(), locale === "en" ? /1 of them cannot be read/ : /1 张无法读取/);
      assert.match(await lab.get("teach-method").innerText(), locale === "en" ? /Logistic regression/ : /逻辑回归/);
    });
    await step("everybody can use it", async () => {
      assert.deepEqual(await violationsInBoth(lab, "[data-testid=teach]"), []);
      if (context === PHONE) await isNarrow(lab);
    });
    await step("files", async () => {
      const [file] = await Promise.all([lab.page.waitForEvent("download"), lab.get("teach-save").first().click()]);
      assert.ok(file.suggestedFilename().endsWith(`.${classes.join("-")}.safetensors`), file.suggestedFilename());
      const bytes = readFileSync(await file.path());
      const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
      assert.equal(header.__metadata__.label_names, classes.join("\n"));
      const [project] = await Promise.all([lab.page.waitForEvent("download"), lab.get("teach-project").click()]);
      saved = readFileSync(await project.path());
      const { classes: names, networks } = JSON.parse(saved);
      assert.deepEqual(names.map(({ name, files }) => [name, files.length]), classes.map((name) => [name, 4]));
      assert.equal(networks.length, columns);
      assert.equal(networks[0].weight.length, 2);
    });
    await step("the saved project, opened by another visit, has what was learned", async () => {
      const right = await lab.get("teach-right").allInnerTexts();
      await lab.page.reload();
      await lab.ready();
      await lab.page.locator("#teach-title").evaluate((title) => (title.closest("details").open = true));
      await lab.get("teach-class").nth(1).waitFor();
      for (const [file, part] of [["notes.txt", "notes.txt"], [JSON.stringify({ format: "mobilenet-lab-project", version: 9 }), "9"]]) {
        await lab.get("teach-restore").setInputFiles({ name: "notes.txt", mimeType: "application/json", buffer: Buffer.from(file) });
        await lab.get("teach-status").filter({ hasText: part }).waitFor();
        assert.equal(await lab.get("teach-row").count(), 0);
      }
      await lab.get("teach-restore").setInputFiles({ name: "p.json", mimeType: "application/json", buffer: saved });
      await lab.get("teach-put").waitFor();
      assert.deepEqual(await lab.get("teach-right").allInnerTexts(), right);
      assert.deepEqual(await lab.get("teach-name").evaluateAll((all) => all.map((input) => input.value)), classes);
    });
    await step("on the board they tell the new classes", async () => {
      await lab.get("teach-put").click();
      const said = locale === "en" ? "are on the board above" : "已在上方的对比面板上";
      await lab.get("teach-status").filter({ hasText: said }).waitFor({ timeout: 2 * PATIENCE });
      assert.equal((await lab.call("board")).length, columns);
      for (const { model, weights } of await lab.call("board")) {
        assert.deepEqual((await lab.call("classes", weights)).map(({ label }) => label), classes);
        for (const [name, label] of [["chelsea.png", classes[0]], ["rocket.jpg", classes[1]]]) {
          const { top } = await lab.classify(readFileSync(new URL(name, SAMPLES)), { model, weights });
          assert.equal(top.length, 2);
          assert.equal(top[0].label, label, `${model}: ${JSON.stringify(top)}`);
        }
      }
    });
    await step("another language keeps what was learned", async () => {
      await lab.get("language").first().click();
      await lab.get("teach-method").filter({ hasText: locale === "en" ? "逻辑回归" : "Logistic regression" }).waitFor();
      assert.equal(await lab.get("teach-name").first().inputValue(), classes[0]);
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("what cannot be learned is said, and how to mend it", {}, async ({ open, step }) => {
  const lab = await opened(open);
  const said = (text) => lab.get("teach-status").filter({ hasText: text }).waitFor();
  const learn = () => lab.get("teach-learn").click();
  await step("a class without photos", async () => {
    await give(lab, 0, photos("chelsea", "chelsea.png", 2));
    await learn();
    await said("“Class 2” has no photos yet");
  });
  await step("one class only", async () => {
    await lab.get("teach-remove").nth(1).click();
    await learn();
    await said("Two classes or more are needed");
  });
  await step("two classes of one name, and one without", async () => {
    await lab.get("teach-add").click();
    await lab.get("teach-name").nth(1).fill("Class 1");
    await learn();
    await said("Two classes are called “Class 1”");
    await lab.get("teach-name").nth(1).fill(" ");
    await learn();
    await said("Give class 2 a name");
  });
  await step("a class whose only photo is none", async () => {
    await lab.get("teach-name").nth(1).fill("notes");
    await give(lab, 1, [NO_PHOTO]);
    await learn();
    await said("None of the photos of “notes” can be read");
    assert.equal(await lab.get("teach-put").count(), 0);
  });
  await step("few photos are told by their means, single ones not held back", async () => {
    await give(lab, 1, photos("rocket", "rocket.jpg", 1));
    await learned(lab);
    assert.match(await lab.get("teach-method").innerText(), /fewer than 3 photos.*single photo/);
    assert.equal(await lab.get("teach-right").first().innerText(), "–");
  });
  assert.deepEqual(lab.complaints, []);
});

spec("a keyboard is enough, a folder brings its classes, and learning can be stopped", {}, async ({ open, step }) => {
  const lab = await opened(open);
  await step("a folder with a folder for each class", async () => {
    const folder = mkdtempSync(join(tmpdir(), "taught-"));
    for (const [name, file] of [["cat", "chelsea.png"], ["rocket", "rocket.jpg"], ["cup", "coffee.png"]]) {
      mkdirSync(join(folder, name));
      for (const at of [0, 1, 2]) copyFileSync(new URL(file, SAMPLES), join(folder, name, `${at}-${file}`));
    }
    await lab.get("teach-folder").setInputFiles(folder);
    await lab.get("teach-class").nth(2).waitFor();
    const names = await lab.get("teach-name").evaluateAll((all) => all.map((input) => input.value));
    assert.deepEqual(names, ["cat", "cup", "rocket"]);
  });
  await step("by keyboard: another class, and away with it", async () => {
    const { focused, tabTo } = keyboard(lab.page);
    await lab.get("teach-name").first().focus();
    await tabTo("teach-add");
    await lab.page.keyboard.press("Enter");
    await lab.get("teach-class").nth(3).waitFor();
    assert.equal(await focused(), "teach-name");
    await lab.page.keyboard.type("nothing");
    assert.equal(await lab.get("teach-name").nth(3).inputValue(), "nothing");
    await tabTo("teach-remove");
    await lab.page.keyboard.press("Enter");
    assert.equal(await lab.get("teach-class").count(), 3);
    assert.equal(await focused(), "teach-add");
    await tabTo("teach-learn");
    await lab.page.keyboard.press("Enter");
  });
  await step("stopped", async () => {
    const { focused } = keyboard(lab.page);
    await lab.get("teach-stop").waitFor();
    assert.equal(await focused(), "teach-stop");
    await lab.page.keyboard.press("Enter");
    await lab.get("teach-status").filter({ hasText: "Stopped" }).waitFor();
    assert.equal(await focused(), "teach-learn");
  });
  await step("taken up again, what has been read is known", async () => {
    await learned(lab);
    assert.equal(await lab.get("teach-row").count(), await lab.get("column").count());
  });
  assert.deepEqual(lab.complaints, []);
});

spec("photos of the camera are learned, too", {}, async ({ open }) => {
  const lab = await opened(open, { context: { permissions: ["camera"] } });
  await lab.get("teach-open").click();
  await lab.get("teach-take").first().waitFor();
  await lab.page.waitForFunction(() => document.querySelector("[data-testid=teach] video").videoWidth > 0);
  await lab.get("teach-take").first().click();
  await lab.get("teach-count").first().filter({ hasText: "1 photo" }).waitFor();
  const track = await lab.page.evaluateHandle(() => document.querySelector("[data-testid=teach] video").srcObject.getTracks()[0]);
  await lab.page.locator("#teach-title").evaluate((title) => (title.closest("details").open = false));
  await lab.page.waitForFunction((track) => track.readyState === "ended", track);
  assert.deepEqual(lab.complaints, []);
});

spec("scripts get features and make taught networks", {}, async ({ open, step }) => {
  const lab = await open({ local: false });
  const MODEL = "mobilenetv2_050";
  const WEIGHTS = "mobilenetv2_050.cifar10";
  const run = (body, ...args) =>
    lab.page.evaluate(`(async (args) => {
      const photo = await (await fetch("static/samples/chelsea.png")).blob();
      ${body}
    })(${JSON.stringify(args)})`);
  await step("features are the same on CPU and reference, and in f32 for networks in int8", async () => {
    const features = (backend) =>
      run(
        `const { values, ...rest } = await mobilenetLab.features(photo, { model: args[0], weights: args[1], backend: args[2] });
         return { ...rest, values: [...values] };`,
        MODEL, WEIGHTS, backend,
      );
    const [cpu, reference, int8] = [await features("cpu"), await features("reference"), await features("cpu-int8")];
    assert.deepEqual([cpu.backend, reference.backend, int8.backend], ["cpu", "reference", "cpu"]);
    assert.equal(cpu.checkpoint, WEIGHTS);
    assert.equal(cpu.values.length, 1280);
    const largest = Math.max(...reference.values);
    cpu.values.forEach((value, at) => assert.ok(Math.abs(value - reference.values[at]) < 1e-4 * largest));
    assert.deepEqual(int8.values, cpu.values);
    const both = await run(
      `const all = await mobilenetLab.features(photo, args.map((model) => ({ model, weights: model + ".cifar10", backend: "cpu" })));
       return all.map(({ model, values }) => [model, [...values]]);`,
      MODEL, "mobilenetv3_small_100",
    );
    assert.deepEqual(both[0], [MODEL, cpu.values]);
    assert.deepEqual([both[1][0], both[1][1].length], ["mobilenetv3_small_100", 1024]);
  });
  await step("a taught network's logits are its layer's of the features", async () => {
    const { logits, expected, labels, classes } = await run(
      `const [model, weights] = args;
       const { values } = await mobilenetLab.features(photo, { model, weights, backend: "cpu" });
       const weight = Float32Array.from({ length: 3 * values.length }, (_, at) => Math.sin(at) / 10);
       const bias = Float32Array.of(1, -1, 0.5);
       const file = await mobilenetLab.teach({ model, weights, classes: ["a", "b", "c"], weight, bias });
       const info = await mobilenetLab.load(model, { weights: file });
       const { networks } = await mobilenetLab.judge(photo, { networks: [{ model, weights: info.id, backend: "cpu" }] });
       const expected = [...bias].map((bias, row) => values.reduce((sum, x, at) => sum + x * weight[row * values.length + at], bias));
       const labels = await mobilenetLab.classes(info.id);
       return { logits: [...networks[0].logits], expected, labels: labels.map(({ label }) => label), classes: info.classes };`,
      MODEL, WEIGHTS,
    );
    assert.deepEqual([labels, classes], [["a", "b", "c"], 3]);
    logits.forEach((logit, at) => assert.ok(Math.abs(logit - expected[at]) < 1e-3, `${logits} ${expected}`));
  });
  await step("what cannot be is refused with its reason", async () => {
    const code = (call) => run(`return ${call}.then(() => "", (error) => error.code);`);
    const lesson = (more) => `mobilenetLab.teach({ model: "${MODEL}", weights: "${WEIGHTS}", classes: ["a", "b"], ${more} })`;
    const NUMBERS = "weight: new Float32Array(2560), bias: new Float32Array(2)";
    assert.equal(await code(`mobilenetLab.features(photo, { model: "squeezenet1_0" })`), "model.no_linear_head");
    assert.equal(await code(`mobilenetLab.features(photo, { model: "espnet_p2_q3" })`), "model.no_linear_head");
    assert.equal(await code(`mobilenetLab.features(new Blob(["no photo"]), { model: "${MODEL}" })`), "decode.unsupported");
    assert.equal(await code(lesson(NUMBERS)), "");
    assert.equal(await code(lesson("weight: new Float32Array(2559), bias: new Float32Array(2)")), "api.argument");
    assert.equal(await code(lesson("weight: [1, 2], bias: [1]")), "api.argument");
    assert.equal(await code(lesson(`${NUMBERS}, clases: 2`)), "api.argument");
    assert.equal(await code(lesson("weight: new Float32Array(2560), bias: Float32Array.of(NaN, 0)")), "weights.non_finite");
    assert.equal(await code(`mobilenetLab.teach({ model: "${MODEL}", classes: ["a", "b"], ${NUMBERS} })`), "api.argument");
  });
  assert.deepEqual(lab.complaints, []);
});

spec(
  "five classes of twenty photos",
  { skip: withoutCifar },
  async ({ t, open }) => {
    const lab = await opened(open);
    const { folder } = someOfCifar(5, 20);
    await lab.get("teach-folder").setInputFiles(folder);
    await lab.get("teach-class").nth(4).waitFor();
    await learned(lab);
    t.diagnostic(await lab.get("teach-status").innerText());
    // The networks were trained on such photos.
    for (const right of await lab.get("teach-right").all()) assert.ok(parseFloat(await right.innerText()) > 60, await right.innerText());
    assert.deepEqual(lab.complaints, []);
  },
);
