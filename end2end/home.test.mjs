// The first screen, as somebody meets it who has never been here: nothing is clicked unless it says so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PHONE, isNarrow, keyboard, violations } from "./access.mjs";
import { ANSWER, HUB, checkpoint, hubManifest, png } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const DESKTOP = { viewport: { width: 1280, height: 800 }, locale: "en-GB" };
const SIZES = { desktop: DESKTOP, phone: { ...PHONE, locale: "en-GB" } };
const CHINESE = { ...DESKTOP, locale: "zh-CN" };

/** Opens the page as the site is hosted: with the weights that it ships alone. */
const arrive = (open, how = {}) => open({ newcomer: true, local: false, context: DESKTOP, ...how });

/** Waits until all networks have answered; their classes. */
async function answers(lab) {
  await lab.column().nth(3).getByTestId("top1").waitFor();
  await lab.page.waitForFunction(
    () => document.querySelectorAll('[data-testid="top1"]').length === document.querySelectorAll('[data-testid="column"]').length,
  );
  return lab.get("top1").allInnerTexts();
}

/** Waits until all networks are timed; the medians in milliseconds. */
async function times(lab) {
  await lab.page.waitForFunction(() =>
    [...document.querySelectorAll('[data-testid="takes"]')].every((cell) => /\d ms/.test(cell.innerText)),
  );
  const texts = await lab.get("takes").allInnerTexts();
  return texts.map((text) => Number(text.match(/([\d.]+) ms/)[1]));
}

/** Whether an element lies in the window, without scrolling. */
const isInView = (locator) =>
  locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });

for (const [size, context] of Object.entries(SIZES)) {
  spec(`a sample is judged, counted and timed by itself, above the fold: ${size}`, {}, async ({ open, step }) => {
    const lab = await arrive(open, { context });
    assert.deepEqual(await answers(lab), Array(4).fill("cat"));
    const medians = await times(lab);
    await step("every row has its figures in the window", async () => {
      for (const testid of ["top1", "costs", "takes"]) {
        const cells = await lab.get(testid).all();
        assert.equal(cells.length, 4, testid);
        for (const cell of cells) assert.ok(await isInView(cell), `${testid} is below the fold`);
      }
      for (const cost of await lab.get("costs").allInnerTexts()) assert.match(cost, /^[\d.]+ [kMG] MACs\s+[\d.]+ [kM]B$/);
    });
    await step("what the networks know stands by it, with a way to know more", async () => {
      assert.equal(
        await lab.get("knows").innerText(),
        "These networks know 10 things: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.",
      );
      assert.match(await lab.get("get-imagenet").innerText(), /^Get ImageNet for all 4 \(\d+(\.\d)? MB\)$/);
      assert.equal(await lab.get("none-of-these").count(), 0);
    });
    await step("the finding agrees with the medians beside it", async () => {
      const finding = await lab.get("finding").innerText();
      const [, ratio] = finding.match(/^V3-Small is ([\d.]+)× as fast as V1, with [\d.]+ points less \(CIFAR-10\)\.$/) ?? [];
      assert.ok(ratio, finding);
      // Rows show three digits.
      assert.ok(Math.abs(medians[0] / medians[2] / ratio - 1) < 0.05, `${finding} beside ${medians}`);
    });
    await step("nothing is cut, small or wrong", async () => {
      if (size === "phone") await isNarrow(lab);
      assert.deepEqual(await violations(lab), []);
      assert.deepEqual(lab.complaints, []);
    });
  });
}

spec("the first screen in Chinese", {}, async ({ open }) => {
  const lab = await arrive(open, { context: CHINESE });
  assert.deepEqual(await answers(lab), Array(4).fill("猫"));
  await times(lab);
  assert.match(await lab.get("knows").innerText(), /^这些网络认识 10 种事物：飞机、汽车、鸟、猫、鹿、狗、青蛙、马、船、卡车。$/);
  for (const testid of ["finding", "get-imagenet", "measure", "costs"]) {
    assert.match(await lab.get(testid).first().innerText(), /\p{Script=Han}/u, testid);
  }
});

spec("a photo of something that they do not know is said to be so", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  await lab.get("sample-coffee").click();
  const none = lab.get("none-of-these");
  await none.waitFor();
  assert.match(await none.innerText(), /^Probably none of the 10 things that these networks know/);
  assert.equal(await lab.page.locator(".answer.guess").count(), 4, "answers are marked as guesses");
  // The visitor's choice takes the place of the photo that the page began with.
  assert.equal(await lab.get("image").count(), 1);
  await lab.photo("coffee.png").waitFor();
  assert.equal(await lab.photo("coffee.png").getByTestId("tag").count(), 4, "a label of each network's");
});

spec("who saves data gets the answers of the build, and no download", {}, async ({ open }) => {
  const lab = await open({ local: false, context: DESKTOP });
  await lab.get("built").waitFor();
  await lab.get("built-answer").nth(3).waitFor();
  assert.deepEqual(await lab.get("built-answer").allInnerTexts(), Array(4).fill("cat"));
  const heavy = lab.requests.filter((address) => /\.safetensors$|samples\/chelsea\.png$/.test(address));
  assert.deepEqual(heavy, []);
  const shares = () => lab.page.locator(".sees .share").allInnerTexts();
  const built = await shares();
  await lab.get("judge-here").click();
  assert.deepEqual(await answers(lab), Array(4).fill("cat"));
  // Another processor rounds otherwise.
  for (const [index, share] of (await shares()).entries()) {
    assert.ok(Math.abs(parseFloat(share) - parseFloat(built[index])) <= 0.2, `${share} here, ${built[index]} then`);
  }
});

spec("a change is in the address: Back undoes it, and the page that is loaded again shows it", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  const names = () => lab.column().evaluateAll((rows) => rows.map((row) => row.ariaLabel));
  const before = await names();
  assert.equal(new URL(lab.page.url()).hash, "", "nothing was changed");
  await lab.get("open-row").first().click();
  await lab.column().first().getByTestId("remove").click();
  await lab.column().nth(3).waitFor({ state: "detached" });
  await lab.get("preset-resolutions").click();
  await lab.column().nth(4).waitFor();
  await lab.page.waitForFunction(() => location.hash.startsWith("#board="));
  const preset = await names();
  await lab.page.reload();
  await lab.ready();
  await lab.column().nth(4).waitFor();
  assert.deepEqual(await names(), preset);
  await lab.page.goBack();
  await lab.column().nth(3).waitFor({ state: "detached" });
  assert.deepEqual(await names(), before.slice(1));
  await lab.page.goBack();
  await lab.column().nth(3).waitFor();
  assert.deepEqual(await names(), before);
});

spec("presets predict at once, with weights that are here", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  await lab.get("preset-large-small").click();
  await lab.column().nth(2).waitFor({ state: "detached" });
  for (const model of ["mobilenetv3_large_100", "mobilenetv3_small_100"]) {
    assert.equal(await lab.top1(lab.column(model)), "cat");
  }
  await lab.get("preset-resolutions").click();
  await lab.column().nth(4).waitFor();
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-testid="top1"]').length === 5);
  const colours = await lab.page
    .locator(".network .mark path")
    .evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).fill));
  assert.equal(new Set(colours).size, 5, "networks of one family are told apart");
});

spec("ImageNet's weights come for all networks at once, and those that do not come change nothing", {}, async ({ open }) => {
  const fails = "mobilenetv2_100";
  const weights = checkpoint();
  const lab = await arrive(open, {
    prepare: async (page) => {
      await page.route(/huggingface\.co/, (route) =>
        route.request().url().includes(fails)
          ? route.fulfill({ status: 503, headers: { "Access-Control-Allow-Origin": "*" } })
          : route.fulfill({ body: weights, headers: { "Access-Control-Allow-Origin": "*" } }),
      );
    },
  });
  await answers(lab);
  const before = await lab.column(fails).getAttribute("data-checkpoint");
  await lab.get("get-imagenet").click();
  await lab.get("getting-imagenet").waitFor({ state: "detached" });
  // Neither the one that was refused nor those whose bytes are no weights of theirs are lost: they answer as before.
  assert.equal(await lab.column(fails).getAttribute("data-checkpoint"), before);
  assert.deepEqual(await answers(lab), Array(4).fill("cat"));
  assert.ok((await lab.get("message").count()) > 0, "it is said");
});

spec("ImageNet's weights arrive as one step, which Back undoes, and the next change is another", {}, async ({ open }) => {
  const good = checkpoint();
  // Twice the same network: one download.
  const board = `#board=1;${HUB.model},224x224,random,auto;${HUB.model},96x96,random,auto`;
  const lab = await open({ manifest: hubManifest({ bytes: good.length }) });
  await lab.answer(/huggingface\.co/, { body: good });
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.photo("stripes.png").waitFor();
  await lab.page.evaluate((board) => (location.hash = board), board);
  await lab.column(HUB.model).nth(1).waitFor();
  const offer = await lab.get("get-imagenet").innerText();
  assert.equal(offer, `Get ImageNet for all 2 (${(good.length / 1e6).toPrecision(3)} MB)`, "its bytes count once");
  await lab.get("get-imagenet").click();
  const weights = lab.page.locator(`[data-checkpoint="${HUB.id}"]`);
  await weights.nth(1).waitFor();
  await lab.get("top1").nth(1).waitFor();
  assert.match(await lab.get("top1").first().innerText(), new RegExp(ANSWER.label));
  assert.equal(lab.requests.filter((address) => address === HUB.url).length, 1);
  assert.equal(await lab.get("get-imagenet").count(), 0, "nothing is left to get");
  await lab.column().first().getByLabel("Backend").selectOption("cpu");
  await lab.page.waitForFunction(() => location.hash.includes(",cpu"));
  await lab.page.goBack();
  await lab.page.waitForFunction(() => !location.hash.includes(",cpu"));
  assert.equal(await weights.count(), 2, "the change alone is undone");
  await lab.page.goBack();
  await weights.first().waitFor({ state: "detached" });
  assert.equal(new URL(lab.page.url()).hash, board);
});

spec("getting ImageNet's weights can be stopped, and leaves the networks as they were", {}, async ({ open }) => {
  const lab = await open({ manifest: hubManifest() });
  await lab.page.route(/huggingface\.co/, () => {}); // never answers
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.photo("stripes.png").waitFor();
  const board = `#board=1;${HUB.model},224x224,random,auto;mobilenetv2_035,96x96,random,auto`;
  await lab.page.evaluate((board) => (location.hash = board), board);
  await lab.column(HUB.model).waitFor();
  await lab.get("get-imagenet").click();
  await lab.get("getting-imagenet").getByTestId("cancel").click();
  await lab.get("get-imagenet").waitFor();
  assert.equal(await lab.column(HUB.model).getAttribute("data-checkpoint"), "");
  assert.equal(new URL(lab.page.url()).hash, board);
  assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
});

spec("a page that is opened out of sight measures once it is seen", {}, async ({ open }) => {
  const hide = (page) =>
    page.addInitScript(() => {
      globalThis.isHidden = true;
      Object.defineProperty(document, "hidden", { get: () => globalThis.isHidden, configurable: true });
    });
  const lab = await arrive(open, { prepare: hide });
  await answers(lab);
  await lab.page.waitForTimeout(1500); // longer than it waits before it measures
  for (const takes of await lab.get("takes").allInnerTexts()) assert.doesNotMatch(takes, /\d ms|measuring/);
  await lab.page.evaluate(() => {
    globalThis.isHidden = false;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  assert.ok((await times(lab)).every((ms) => ms > 0));
  assert.equal(await lab.get("message").count(), 0);
});

spec("a full board says what happens to one more", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  for (let count = 5; count <= 6; count++) {
    await lab.get("add-column").click();
    await lab.column().nth(count - 1).waitFor();
  }
  assert.ok(await lab.get("add-column").isDisabled());
  const before = await lab.column().evaluateAll((rows) => rows.map((row) => row.dataset.model));
  await lab.drop([`${HUB.model}.safetensors`, checkpoint()]);
  assert.ok(!before.includes(HUB.model), before.join());
  await lab.message("board.full_file", "6 networks");
  assert.deepEqual(await lab.column().evaluateAll((rows) => rows.map((row) => row.dataset.model)), before);
});

spec("forty photos at a glance, and their predictions as a file", { timeout: 300_000 }, async ({ open }) => {
  const lab = await arrive(open, { context: { viewport: { width: 1440, height: 900 }, locale: "en-GB" } });
  await answers(lab);
  const photos = Array.from({ length: 40 }, (_, index) => [`photo ${index}.png`, png(40 + index, 48)]);
  await lab.drop(...photos);
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-testid="tag"]').length === 160, null, {
    timeout: 200_000,
  });
  assert.equal(await lab.get("image").count(), 40, "the page's own photo has made room");
  const height = await lab.page.locator(".strip").evaluate((strip) => strip.getBoundingClientRect().height);
  assert.ok(height < 1400, `${height} px`);
  const [file] = await Promise.all([lab.page.waitForEvent("download"), lab.get("predictions-csv").click()]);
  const lines = readFileSync(await file.path(), "utf8").trim().split("\n");
  assert.equal(lines.length, 1 + 160);
  assert.match(lines[1], /^photo 0\.png,MobileNetV1 1\.0 · 64,mobilenetv1_100\.cifar10,\w+,\d+\.\d\d,\d+\.\d+\.\d+ \(\w+\+?\)$/);
});

spec("everything on the first screen is within fifteen presses of Tab", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  await times(lab);
  const { page } = lab;
  const { tabTo } = keyboard(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // past the header
  for (const testid of ["file-input", "open-row", "add-column", "measure", "all-details", "copy-link", "get-imagenet", "preset-equal-macs"]) {
    await page.locator("#board").evaluate((board) => board.focus());
    await tabTo(testid, 15);
  }
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await lab.column("mobilenetv2_100").nth(4).waitFor();
});

spec("leaving asks once where photos would be lost, and never for samples", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  const asked = [];
  lab.page.on("dialog", async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  await lab.get("sample-coffee").click();
  await lab.photo("coffee.png").waitFor();
  await lab.page.reload();
  await lab.ready();
  assert.deepEqual(asked, []);
  await lab.drop(["mine.png", png(64, 48)]);
  await lab.photo("mine.png").waitFor();
  await lab.page.mouse.click(5, 5); // browsers ask only those who have done something
  await lab.page.reload();
  assert.deepEqual(asked, ["beforeunload"]);
});

spec("no width cuts anything off", {}, async ({ open }) => {
  const lab = await arrive(open);
  await answers(lab);
  for (let count = 5; count <= 6; count++) await lab.get("add-column").click();
  for (const width of [1440, 1280, 1180, 1024, 800, 600]) {
    await lab.page.setViewportSize({ width, height: 800 });
    const wide = await lab.page.evaluate(() => [
      document.documentElement.scrollWidth,
      ...[...document.querySelectorAll(".network *")].map((element) => Math.ceil(element.getBoundingClientRect().right)),
    ]);
    assert.ok(Math.max(...wide) <= width, `${Math.max(...wide)} px in a window of ${width}`);
  }
});
