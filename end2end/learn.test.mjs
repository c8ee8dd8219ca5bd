// The explanations: each has a figure that reacts, and ends with a number that is counted or measured here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PHONE, isNarrow, keyboard, violationsInBoth } from "./access.mjs";
import { spec } from "./lab.mjs";

const HAN = /\p{Script=Han}/u;
const file = (name) => readFileSync(new URL(`../static/learn/${name}`, import.meta.url), "utf8");
/** Names and titles, in the order of the index. */
const ARTICLES = file("index.en.md")
  .split("\n")
  .filter(Boolean)
  .map((line) => line.split(" | "))
  .map(([name, title]) => ({ name, title }));
/** Articles whose end is counted alone. */
const COUNTED = ["receptive-field"];
/** Those that time layers. */
const OF_LAYERS = ["macs-are-not-milliseconds", "squeeze-excite", "unfold-attend-fold"];
/** Those whose measurement takes tens of seconds on two busy cores. */
const LONG = ["width-and-resolution", "families", "separable-network", "macs-are-not-milliseconds"];

const root = (lab) => lab.get("learn");
const svg = (lab) => root(lab).locator("[data-drawing] svg").first();
const drawing = (lab) => svg(lab).evaluate((svg) => svg.outerHTML);

/** Goes to an article by its address. */
async function read(lab, { name, title }) {
  await lab.page.evaluate((name) => (location.hash = `learn/${name}`), name);
  await lab.page.locator("#learn-title").filter({ hasText: title }).waitFor();
  await svg(lab).waitFor();
}

async function opened(open, how = {}) {
  const lab = await open({ local: false, manifest: { version: 1, checkpoints: [] }, ...how });
  await lab.get("page-learn").click();
  await root(lab).locator(".learn-index").waitFor();
  return lab;
}

spec("the index shows every article with a picture, and remembers which were opened", {}, async ({ open }) => {
  const lab = await opened(open);
  assert.equal(new URL(lab.page.url()).hash, "#learn");
  const cards = root(lab).locator(".learn-index li");
  assert.deepEqual(await cards.locator("h3").allInnerTexts(), ARTICLES.map(({ title }) => title));
  for (const card of await cards.all()) {
    assert.ok((await card.locator("svg :is(path, rect, circle, line)").count()) > 3, await card.innerText());
  }
  assert.match(await lab.get("learn-progress").innerText(), new RegExp(`^0 of ${ARTICLES.length} opened`));
  // From one to the next, to the end, and back.
  await lab.get(`article-${ARTICLES[0].name}`).click();
  for (const [position, { name, title }] of ARTICLES.entries()) {
    await lab.page.locator("#learn-title").filter({ hasText: title }).waitFor();
    assert.equal(new URL(lab.page.url()).hash, `#learn/${name}`);
    assert.equal(await lab.page.evaluate(() => document.activeElement.id), "learn");
    assert.equal(await lab.get("learn-before").count(), position === 0 ? 0 : 1);
    if (position + 1 < ARTICLES.length) await lab.get("learn-next").click();
  }
  assert.equal(await lab.get("learn-next").count(), 0);
  await lab.page.goBack();
  await lab.page.locator("#learn-title").filter({ hasText: ARTICLES.at(-2).title }).waitFor();
  await lab.page.reload();
  await lab.page.locator("#learn-title").filter({ hasText: ARTICLES.at(-2).title }).waitFor();
  await lab.get("learn-all").click();
  await lab.get("learn-progress").filter({ hasText: `${ARTICLES.length} of ${ARTICLES.length} opened` }).waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("where storage is blocked, articles are read all the same", {}, async ({ open }) => {
  const block = () =>
    Object.defineProperty(globalThis, "localStorage", {
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  const lab = await opened(open, { prepare: (page) => page.addInitScript(block) });
  await read(lab, ARTICLES[0]);
  await lab.get("learn-all").click();
  await lab.get("learn-progress").filter({ hasText: `1 of ${ARTICLES.length} opened` }).waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("nothing of the explanations is loaded before they are opened", {}, async ({ open }) => {
  const lab = await open({ local: false, manifest: { version: 1, checkpoints: [] } });
  const theirs = () => lab.requests.filter((address) => /\/learn\b/.test(address));
  assert.deepEqual(theirs(), []);
  await lab.get("page-learn").click();
  await root(lab).locator(".learn-index").waitFor();
  assert.ok(theirs().some((address) => address.endsWith("learn_bg.wasm")), theirs().join("\n"));
  assert.ok(!theirs().some((address) => address.includes(ARTICLES[0].name)), "no prose but the index");
});

for (const article of ARTICLES) {
  spec(`${article.name}: the figure reacts, and a number ends it`, { timeout: 400_000 }, async ({ open, step }) => {
    const lab = await open({ local: false });
    await lab.page.evaluate((name) => (location.hash = `learn/${name}`), article.name);
    await svg(lab).waitFor();
    await step("reacts to every control", async () => {
      const controls = root(lab).locator("[data-key]");
      assert.ok((await controls.count()) > 0);
      for (const control of await controls.all()) {
        const before = await drawing(lab);
        await control.evaluate((control) => {
          if (control.type === "checkbox") return control.click();
          const options = control.options?.length ?? Number(control.max) + 1;
          control.value = (Number(control.value) + 1) % options;
          control.dispatchEvent(new Event("input", { bubbles: true }));
        });
        assert.notEqual(await drawing(lab), before, await control.getAttribute("data-key"));
      }
    });
    await step("reacts to links in the text, which say so", async () => {
      for (const link of await root(lab).locator("button[data-set]").all()) {
        await link.click();
        assert.equal(await link.getAttribute("aria-pressed"), "true", await link.innerText());
      }
    });
    await step("ends with a number that is counted", async () => {
      const text = await lab.get("counted").innerText();
      assert.match(text, /\d/);
      const all = await root(lab).locator("[data-place]").allInnerTexts();
      assert.ok(!/NaN|undefined|\{/.test(await root(lab).innerText()));
      assert.ok(all.length > 2);
    });
    await step("has the numbers as a table", async () => {
      await lab.get("twin").locator("summary").click();
      const rows = lab.get("twin").locator("tbody tr");
      assert.ok((await rows.count()) > 1);
      assert.ok((await rows.first().locator("th[scope=row]").innerText()).length > 0);
    });
    if (COUNTED.includes(article.name)) return;
    await step("measures here, and can be stopped", async () => {
      const kind = OF_LAYERS.includes(article.name) ? "profile" : "bench";
      assert.equal(await lab.get("measured").isVisible(), false);
      if (article.name !== "relu-forgets") {
        await lab.hold(kind);
        await lab.get("learn-measure").click();
        await lab.held(kind);
        await lab.get("learn-stop").click();
        await lab.get("learn-status").filter({ hasText: "Stopped." }).waitFor();
        await lab.release(kind);
      }
      // As few networks as the article lets one choose.
      if (article.name === "families") await lab.get("set-until").fill("1");
      await lab.get("learn-measure").click();
      const patience = LONG.includes(article.name) ? 300_000 : 120_000;
      await lab.get("learn-status").filter({ hasText: /^Measured in/ }).waitFor({ timeout: patience });
      const text = await lab.get("measured").innerText();
      assert.match(text, /\d+(\.\d+)? (ms|ns|%|kB|MB|M\b|[kG]\b)/, text);
      assert.ok(!text.includes("–"), text);
      // Networks that are only measured are offered to nobody.
      const own = (await lab.call("models")).filter(({ id }) => id.startsWith("custom:"));
      assert.deepEqual(own, []);
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("what was measured is shown for the values that it was measured with", {}, async ({ open }) => {
  const lab = await open({ local: false });
  await read(lab, ARTICLES[0]);
  await lab.get("learn-measure").click();
  await lab.get("learn-status").filter({ hasText: /^Measured in/ }).waitFor({ timeout: 120_000 });
  assert.equal(await lab.get("measured").isVisible(), true);
  const before = await lab.get("set-n").inputValue();
  await lab.get("set-n").fill(String(Number(before) - 1));
  assert.equal(await lab.get("measured").isVisible(), false);
  await lab.get("set-n").fill(before);
  assert.equal(await lab.get("measured").isVisible(), true);
  // The kernel's place changes no network.
  await lab.get("set-at").fill("3");
  assert.equal(await lab.get("measured").isVisible(), true);
});

spec("a link puts networks on the board", {}, async ({ open }) => {
  const lab = await opened(open);
  await read(lab, ARTICLES.find(({ name }) => name === "width-and-resolution"));
  await root(lab).locator("[data-board]").click();
  await lab.page.locator("#compare:not([hidden])").waitFor();
  const models = await lab.column().evaluateAll((columns) => columns.map((column) => column.dataset.model));
  assert.deepEqual(models, ["mobilenetv1_100", "mobilenetv1_050", "mobilenetv1_025"]);
});

spec("words of the other pages lead to their article", {}, async ({ open }) => {
  const lab = await opened(open);
  for (const page of ["layers", "models"]) {
    await lab.goTo(page);
    const link = lab.page.locator(`#${page} [data-testid="explained"]`).first();
    const address = await link.getAttribute("href");
    await link.click();
    await svg(lab).waitFor();
    assert.equal(new URL(lab.page.url()).hash, address);
    assert.ok(ARTICLES.some(({ name }) => address === `#learn/${name}`), address);
  }
});

spec("everything can be read and set by keyboard", {}, async ({ open }) => {
  const lab = await opened(open);
  const { page } = lab;
  const { focused, tabTo } = keyboard(page);
  await tabTo(`article-${ARTICLES[0].name}`);
  await page.keyboard.press("Enter");
  await svg(lab).waitFor();
  await tabTo("set-k");
  const before = await drawing(lab);
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await drawing(lab), before);
  assert.equal(await lab.get("set-k").getAttribute("aria-valuetext"), "5");
  assert.equal(await focused(), "set-k", "the slider keeps the focus");
  await lab.hold("bench");
  await tabTo("learn-measure");
  await page.keyboard.press("Enter");
  await lab.held("bench");
  assert.equal(await focused(), "learn-stop");
  await page.keyboard.press("Enter");
  await lab.get("learn-status").filter({ hasText: "Stopped." }).waitFor();
  assert.equal(await focused(), "learn-measure");
  await tabTo("learn-next");
  await page.keyboard.press("Enter");
  await lab.page.locator("#learn-title").filter({ hasText: ARTICLES[1].title }).waitFor();
});

for (const [device, context] of Object.entries({ desktop: {}, phone: PHONE })) {
  spec(`articles are for everybody, ${device}`, { timeout: 400_000 }, async ({ open }) => {
    const lab = await opened(open, { context: { ...context, reducedMotion: "reduce" } });
    const check = async (what) => {
      assert.deepEqual(await violationsInBoth(lab, "#learn"), [], what);
      if (context.isMobile) await isNarrow(lab);
      const moving = await lab.page.evaluate(() => document.getAnimations().length);
      assert.equal(moving, 0, "nothing moves");
    };
    await check("index");
    const out = [];
    for (const article of ARTICLES) {
      await read(lab, article);
      await check(article.name);
      // Words of a picture stay in it.
      const beyond = await svg(lab).evaluate((svg) => {
        const { left, right } = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll("text")];
        const isOut = (text) => {
          const box = text.getBoundingClientRect();
          return box.left < left - 2 || box.right > right + 2;
        };
        return texts.filter(isOut).map((text) => text.textContent);
      });
      out.push(...beyond.map((text) => `${article.name}: ${text}`));
    }
    assert.deepEqual(out, []);
    assert.deepEqual(lab.complaints, []);
  });
}

spec("articles speak Chinese, and keep what was set", {}, async ({ open }) => {
  const lab = await opened(open);
  await read(lab, ARTICLES[0]);
  await lab.get("set-n").fill("0");
  await lab.get("language").click();
  await lab.page.locator("#learn-title").filter({ hasText: HAN }).waitFor();
  assert.equal(await lab.get("set-n").inputValue(), "0");
  for (const { name } of ARTICLES) {
    await lab.page.evaluate((name) => (location.hash = `learn/${name}`), name);
    const title = file("index.zh.md").split("\n").find((line) => line.startsWith(`${name} | `)).split(" | ")[1];
    await lab.page.locator("#learn-title").filter({ hasText: title }).waitFor();
    await svg(lab).waitFor();
    for (const part of await root(lab).locator("p:not(.learn-back):visible:not(:empty), label span, summary").all()) {
      const text = await part.innerText();
      if (text.trim()) assert.match(text, HAN, `${name}: ${text}`);
    }
    const prose = await root(lab).innerText();
    assert.doesNotMatch(prose, /\p{Script=Han}[,;:?!]|[,;:?!]\p{Script=Han}/u, name);
  }
  assert.deepEqual(lab.complaints, []);
});

spec("what cannot be loaded is said, and tried again", {}, async ({ open }) => {
  const lab = await open({ local: false, manifest: { version: 1, checkpoints: [] } });
  const prose = "**/static/learn/index.en.md";
  await lab.page.route(prose, (route) => route.fulfill({ status: 404, body: "" }));
  await lab.get("page-learn").click();
  await lab.get("learn-failed").filter({ hasText: "HTTP 404" }).waitFor();
  await lab.page.unroute(prose);
  await lab.get("learn-failed").getByRole("button").click();
  await root(lab).locator(".learn-index").waitFor();
  assert.equal(await lab.get("learn-failed").count(), 0);
});

spec("an address of no article leads to the index", {}, async ({ open }) => {
  const lab = await open({ local: false, manifest: { version: 1, checkpoints: [] } });
  await lab.page.evaluate(() => (location.hash = "learn/nothing"));
  await root(lab).locator(".learn-index").waitFor();
});
