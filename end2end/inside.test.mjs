// A look inside the board's networks: class activation maps, what modules return, what their middle depends on.
import assert from "node:assert/strict";
import { PHONE, isNarrow, violations } from "./access.mjs";
import { spec } from "./lab.mjs";

const show = async (lab) => {
  await lab.page.locator("#inside-title").evaluate((title) => (title.closest("details").open = true));
  // It looks once it is on the screen.
  await lab.get("inside").evaluate((section) => section.scrollIntoView());
};
// The page opens a sample and lets all networks judge it.
const answered = (lab) => lab.page.waitForFunction(() => window.mobilenetLab?.photo && mobilenetLab.photo().then((photo) => photo !== null, () => false));
// Whether anything has been drawn.
const drawn = (canvas) => canvas.evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0));

for (const [locale, context] of [["en", {}], ["zh-CN", PHONE]]) {
  spec(`networks say what in the photo speaks for a class, and what their modules see (${locale})`, {}, async ({ open, step }) => {
    const lab = await open({ local: false, newcomer: true, context: { ...context, locale } });
    await answered(lab);
    await show(lab);
    const columns = await lab.page.getByTestId("column").count();
    const maps = lab.get("inside-map");
    await step("every network has a map of its likeliest class", async () => {
      await maps.nth(columns - 1).waitFor();
      await lab.get("inside-channel").first().waitFor();
      for (let at = 0; at < columns; at += 1) {
        assert.match(await maps.nth(at).innerText(), locale === "en" ? /logit, -?\d+\.\d\d/ : /logit -?\d+\.\d\d/);
        assert.ok(await drawn(maps.nth(at).locator("canvas")));
      }
    });
    await step("another class has another map", async () => {
      const before = await maps.first().innerText();
      const classes = await lab.get("inside-class").locator("option").evaluateAll((options) => options.map((option) => option.value));
      assert.ok(classes.length > 10);
      await lab.get("inside-class").selectOption("airplane");
      await lab.page.waitForFunction(
        ([before, columns]) => {
          const maps = [...document.querySelectorAll("[data-testid=inside-map]")];
          return maps.length === columns && maps[0].innerText !== before && maps.every((map) => /airplane|飞机/.test(map.innerText));
        },
        [before, columns],
      );
    });
    await step("channels are shown, one of them large", async () => {
      await lab.get("inside-channel").first().waitFor();
      const second = lab.get("inside-channel").nth(1);
      await second.click();
      assert.equal(await lab.get("inside-channel").nth(1).getAttribute("aria-pressed"), "true");
      assert.ok(await drawn(lab.page.locator("canvas[data-drawn=large]")));
      assert.ok(await lab.page.evaluate(() => document.activeElement.matches("[data-channel]")));
    });
    await step("the middle of a module depends on a part of the photo", async () => {
      await lab.get("inside-field").click();
      const text = lab.get("inside-reach").locator("figcaption");
      await text.waitFor({ timeout: 60_000 });
      const [, high, , all] = (await text.innerText()).match(/(\d+)×(\d+)\D+(\d+)×/);
      assert.ok(Number(high) > 0 && Number(high) <= Number(all), await text.innerText());
      assert.ok(await drawn(lab.page.locator("canvas[data-drawn=field]")));
    });
    await step("everybody can use it", async () => {
      assert.deepEqual(await violations(lab, "[data-testid=inside]"), []);
      if (context === PHONE) await isNarrow(lab);
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("class maps add up to the logit where the head is linear, on every backend", {}, async ({ open, step }) => {
  const lab = await open({ local: false });
  await lab.ready();
  const map = (model, weights, backend) =>
    lab.page.evaluate(
      async ([model, weights, backend]) => {
        const photo = await (await fetch("static/samples/chelsea.png")).blob();
        const options = { model, weights, ...(backend && { backend }) };
        const { captured, ...rest } = await mobilenetLab.classActivation(photo, options);
        const { networks } = await mobilenetLab.judge(photo, { networks: [options] });
        const values = [...captured.stages[0].values];
        return { ...rest, backend: captured.backend, values, sum: values.reduce((sum, value) => sum + value, 0), logits: [...networks[0].logits] };
      },
      [model, weights, backend],
    );
  await step("V2: the same on CPU and reference, the rest a bias", async () => {
    const [cpu, reference] = [await map("mobilenetv2_050", "mobilenetv2_050.cifar10", "cpu"), await map("mobilenetv2_050", "mobilenetv2_050.cifar10", "reference")];
    assert.equal(cpu.is_exact, true);
    assert.ok(Math.abs(cpu.logit - Math.max(...cpu.logits)) < 1e-3);
    assert.equal(cpu.class, cpu.logits.indexOf(Math.max(...cpu.logits)));
    assert.ok(Math.abs(cpu.logit - cpu.sum) < 1, `${cpu.logit} ${cpu.sum}`);
    const largest = Math.max(...reference.values.map(Math.abs));
    cpu.values.forEach((value, at) => assert.ok(Math.abs(value - reference.values[at]) < 1e-3 * largest));
  });
  await step("V3: its head bends", async () => {
    assert.equal((await map("mobilenetv3_small_100", "mobilenetv3_small_100.cifar10", "cpu")).is_exact, false);
  });
  await step("what cannot be is refused with its reason", async () => {
    const code = (call, options) =>
      lab.page.evaluate(
        async ([call, options]) => {
          const photo = await (await fetch("static/samples/chelsea.png")).blob();
          return mobilenetLab[call](photo, options).then(() => "", (error) => error.code);
        },
        [call, options],
      );
    assert.equal(await code("classActivation", { model: "mobilenetv2_050", class: 5000 }), "unknown_class");
    assert.equal(await code("classActivation", { model: "espnet_p2_q3" }), "model.no_class_map");
    assert.equal(await code("receptiveField", { model: "mobilenetv2_050", stage: "nothing" }), "unknown_stage");
    assert.equal(await code("receptiveField", { model: "mobilenetv2_050" }), "api.argument");
  });
  assert.deepEqual(lab.complaints, []);
});
