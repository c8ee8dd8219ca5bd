// The page for everybody: assistive technology, keyboard, small screens, another language.
import assert from "node:assert/strict";
import { PHONE, isNarrow, keyboard, violations, violationsInBoth } from "./access.mjs";
import { HUB, checkpoint, png } from "./fixtures.mjs";
import { PATIENCE, spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };

/** Opens the page with a photo, an answer, a message and a measurement: everything there is to see. */
async function openFull(open, context) {
  const lab = await open({ manifest: NOTHING, context });
  await lab.drop(["stripes.png", png(320, 240)], ["net.safetensors", checkpoint()], ["error.log", Buffer.from("text")]);
  await lab.top1(lab.column(HUB.model));
  await lab.message("decode.unsupported");
  await lab.goTo("layers");
  await lab.get("layers-second").selectOption({ index: 1 });
  await lab.measureLayers();
  await lab.goTo("compare");
  return lab;
}

/** Does something on both pages. */
async function onBoth(lab, work) {
  for (const page of ["layers", "compare"]) {
    await lab.goTo(page);
    await work(page);
  }
}

spec("axe finds nothing serious, in light and in dark", {}, async ({ open }) => {
  const lab = await openFull(open, { colorScheme: "light" });
  await onBoth(lab, async (page) => assert.deepEqual(await violationsInBoth(lab), [], page));
  // The switch overrides the system.
  const background = () => lab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  for (const [system, chosen] of [["dark", "light"], ["light", "dark"]]) {
    await lab.get("theme").selectOption("system");
    await lab.page.emulateMedia({ colorScheme: system });
    const before = await background();
    await lab.get("theme").selectOption(chosen);
    await lab.page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, before);
    await onBoth(lab, async (page) => assert.deepEqual(await violations(lab), [], `${page}, ${system}, switched to ${chosen}`));
  }
});

spec("everything can be reached and done by keyboard", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  const { page } = lab;
  const { focused, tabTo } = keyboard(page);
  // Asked for long before the key is pressed: the browser is told of it by a message that the key could overtake.
  const chooser = page.waitForEvent("filechooser");
  await tabTo("file-input");
  await page.keyboard.press("Space");
  await (await chooser).setFiles([{ name: "stripes.png", mimeType: "image/png", buffer: png(64, 48) }]);
  await lab.photo("stripes.png").waitFor();

  const before = await lab.column().count();
  await tabTo("add-column");
  await page.keyboard.press("Enter");
  await lab.column().nth(before).waitFor();

  await lab.hold("bench");
  await tabTo("measure");
  await page.keyboard.press("Enter");
  // Its cancel button stands in its place, one step back.
  await page.locator(".board-actions").getByTestId("cancel").waitFor();
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "cancel");
  await page.keyboard.press("Enter");
  await lab.get("measure").waitFor();

  await tabTo("page-layers");
  await page.keyboard.press("Enter");
  await lab.get("layers").waitFor();
  await lab.hold("profile");
  await tabTo("measure-layers");
  await page.keyboard.press("Enter");
  await lab.get("layers").getByTestId("cancel").waitFor();
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "cancel");
  await page.keyboard.press("Enter");
  await lab.get("measure-layers").waitFor();
  await tabTo("count-bias");
  await page.keyboard.press("Space");
  assert.ok(await lab.get("count-bias").isChecked());
});

spec("a phone shows everything without scrolling sideways", {}, async ({ open }) => {
  const lab = await openFull(open, PHONE);
  await onBoth(lab, () => isNarrow(lab));
});

spec("the page speaks Chinese, and remembers it", { timeout: 6 * PATIENCE }, async ({ open }) => {
  const lab = await openFull(open, { locale: "en-GB" });
  const lang = () => lab.page.evaluate(() => document.documentElement.lang);
  const heading = () => lab.page.locator("#photos-title").innerText();
  assert.match(await lang(), /^en/);
  const english = await heading();
  await lab.get("language").click();
  await lab.page.waitForFunction(() => document.documentElement.lang.startsWith("zh"));
  assert.notEqual(await heading(), english);
  const isChinese = async (places) => {
    for (const place of places) assert.match(await lab.page.locator(place).first().innerText(), /\p{Script=Han}/u, place);
  };
  const tested = (testid) => `[data-testid="${testid}"]`;
  await isChinese(["#photos-title", "#board-title", "#charts-title", "#environment-title"]);
  await isChinese(["measure", "add-column", "knows"].map(tested));
  await lab.goTo("layers");
  await isChinese(["#layers-title", ...["measure-layers", "layer-sentences", "layer-card", "receipt"].map(tested)]);
  await lab.goTo("compare");
  await lab.page.reload();
  await lab.ready();
  assert.match(await lang(), /^zh/);
  assert.match(await lab.get("measure").innerText(), /\p{Script=Han}/u);
  await lab.get("language").click();
  await lab.page.waitForFunction(() => document.documentElement.lang.startsWith("en"));
  assert.equal(await heading(), english);
});

spec("a Chinese browser gets a Chinese page", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING, context: { locale: "zh-CN" } });
  assert.match(await lab.page.evaluate(() => document.documentElement.lang), /^zh/);
  // Classes without names are numbered in its language, too.
  const seven = checkpoint((tensors) => {
    tensors["classifier.weight"].shape[0] = 7;
    tensors["classifier.bias"] = { shape: [7], value: [0, 0, 0, 10, 0, 0, 0] };
  });
  await lab.drop(["stripes.png", png(64, 48)], ["seven.safetensors", seven]);
  await lab.get("top1").filter({ hasText: "第 3 类" }).waitFor();
});
