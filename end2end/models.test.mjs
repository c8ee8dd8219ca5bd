// The models: a table that is sorted, filtered and opened; downloads that can be stopped and deleted.
import assert from "node:assert/strict";
import { PHONE, isNarrow, keyboard, violations, violationsInBoth } from "./access.mjs";
import { HUB, checkpoint, hubManifest, png, sha256 } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const HUB_FILES = "https://huggingface.co/**";
const good = checkpoint();

const item = (lab, id) => lab.page.locator(`[data-testid="checkpoint"][data-checkpoint="${id}"]`);
/** Waits until the hub's checkpoint is said to be so. */
const is = (lab, text) => item(lab, HUB.id).getByTestId("presence").filter({ hasText: text }).waitFor();

/** Opens the shelf by the header's link. */
async function openShelf(open, how = {}) {
  const lab = await open(how);
  await lab.get("page-models").click();
  await lab.get("shelf").waitFor();
  return lab;
}

/** The cells of every row that is shown, by column, with the row's id. */
const rows = (lab) =>
  lab.page.locator(".model-table tbody").evaluateAll((bodies) =>
    bodies.map((body) => {
      const [name, ...cells] = body.rows[0].cells;
      const texts = cells.map((cell) => [cell.className.split(" ")[0], cell.innerText]);
      const network = name.querySelector("span").firstChild.textContent.trim();
      return { id: body.dataset.checkpoint, network, ...Object.fromEntries(texts) };
    }),
  );

const MISSING = "–";
const UNITS = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
/** What a cell's text is sorted by; undefined where nothing is known. */
const KEYS = {
  network: (text) => text.toLowerCase(),
  year: Number,
  data: (text) => text.toLowerCase(),
  accuracy: parseFloat,
  size: (text) => {
    const [, number, unit] = text.match(/([\d.]+) (\w+)$/);
    return number * UNITS[unit];
  },
  licence: (text) => text.toLowerCase(),
  here: parseFloat,
  place: (text) => (text.startsWith("no weights") ? 2 : text.startsWith("not downloaded") ? 1 : 0),
};
const key = (row, column) => (row[column] === MISSING ? undefined : KEYS[column](row[column]));

spec("every checkpoint has a row that opens to its facts", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  assert.equal(new URL(lab.page.url()).hash, "#models");
  assert.equal(await lab.get("page-models").getAttribute("aria-current"), "page");
  assert.equal(await lab.page.locator("#photos-title").isVisible(), false);
  await lab.page.waitForFunction(() => document.activeElement.id === "models");
  const listed = (await lab.call("models")).flatMap((model) => model.checkpoints);
  assert.equal(await lab.get("checkpoint").count(), listed.length);
  for (const { id, model, licence, origin, sha256, published_top1, training } of listed) {
    const row = item(lab, id).getByTestId("open");
    assert.equal(await row.getAttribute("aria-expanded"), "false");
    await row.click();
    assert.equal(await row.getAttribute("aria-expanded"), "true");
    const text = await item(lab, id).textContent();
    assert.match(text, /arXiv \d{4}\.\d{5}/, model);
    const top1 = training ? (100 * training.test.correct) / training.test.images : published_top1;
    const facts = [id, licence, origin, sha256?.slice(0, 12) ?? "", top1 === null ? "" : `Top-1 ${top1.toFixed(1)} %`];
    for (const fact of facts) assert.ok(text.includes(fact), `${id} lacks ${fact}: ${text}`);
    if (top1 === null) assert.ok(!text.includes("Top-1"), `${id} has a figure that nobody published: ${text}`);
  }
  // One row more for every architecture without weights; each opens, too.
  const architectures = (await lab.call("models")).filter(({ checkpoints }) => checkpoints.length === 0);
  const weightless = lab.get("weightless");
  assert.ok((await weightless.count()) > 5 && (await weightless.count()) <= architectures.length);
  await weightless.first().getByTestId("open").click();
  assert.match(await weightless.first().innerText(), /No trained weights[^]*Parameters: [\d.]+ [kM]/);
  // Nobody hears two buttons of one name.
  const names = await lab.page.locator(".model-table tbody button").evaluateAll((buttons) =>
    buttons.map((button) => button.ariaLabel ?? button.innerText),
  );
  assert.deepEqual(names.filter((name, position) => names.indexOf(name) !== position), []);

  assert.match(await lab.get("storage").innerText(), /No downloads are kept[^]*On disk: .*B of the .*B/);
  await lab.get("persist").click();
  await lab.get("storage").getByText(/keeps downloads until|has declined/).waitFor();

  await item(lab, listed[0].id).getByTestId("show").click();
  await lab.page.locator(`[data-testid="column"][data-checkpoint="${listed[0].id}"]`).waitFor();
  assert.equal(await lab.get("shelf").count(), 0);
  // A network without weights can be compared, too.
  await lab.get("page-models").click();
  const model = await weightless.first().getAttribute("data-checkpoint");
  await weightless.first().getByTestId("show").click();
  await lab.column(model).waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("headings sort the rows both ways, and what is missing comes last", {}, async ({ open }) => {
  const lab = await open({ local: false });
  // The bundled networks on the board: two of them, so that it does not take long.
  while ((await lab.column().count()) > 2) await lab.column().last().getByTestId("remove").click();
  const measured = await lab.column().evaluateAll((columns) => columns.map((column) => column.dataset.checkpoint));
  await lab.measure();
  await lab.get("page-models").click();
  assert.equal(await lab.page.locator('[data-testid="shelf"] th.place').getAttribute("aria-sort"), "ascending");
  const before = (await rows(lab)).map(({ id }) => id).sort();
  for (const column of Object.keys(KEYS)) {
    const heading = lab.page.locator(`[data-testid="shelf"] th.${column}`);
    for (const direction of ["ascending", "descending"]) {
      await lab.get(`sort-${column}`).click();
      await lab.page.waitForFunction(
        ([column, direction]) => document.querySelector(`[data-testid="shelf"] th.${column}`).ariaSort === direction,
        [column, direction],
      );
      assert.equal(await heading.getAttribute("aria-sort"), direction);
      assert.equal(await lab.page.locator("[aria-sort]").count(), 1);
      const now = await rows(lab);
      assert.deepEqual(now.map(({ id }) => id).sort(), before, "the same rows");
      const keys = now.map((row) => key(row, column));
      const known = keys.filter((key) => key !== undefined);
      assert.ok(known.length > 1 && known.every((key) => key === key), `${column}: ${known}`);
      assert.ok(keys.slice(known.length).every((key) => key === undefined), `${column}: ${keys}`);
      const inOrder = (a, b) => (direction === "ascending" ? a <= b : a >= b);
      const wrong = known.findIndex((key, position) => position > 0 && !inOrder(known[position - 1], key));
      assert.equal(wrong, -1, `${column} ${direction}: ${known[wrong - 1]} before ${known[wrong]}`);
      if (column === "here") assert.deepEqual(now.slice(0, known.length).map(({ id }) => id).sort(), measured.sort());
    }
  }
  assert.deepEqual(lab.complaints, []);
});

spec("a filter finds rows by name, data, licence and source", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  const all = (await rows(lab)).length;
  const said = (shown) => lab.get("rows").getByText(`${shown} of ${all} models shown`).waitFor();
  await said(all);
  /** Filters, checks the number that is said, and gives the rows. */
  const filter = async (words) => {
    await lab.get("filter").fill(words);
    const found = (await rows(lab)).length;
    await said(found);
    return rows(lab);
  };
  for (const [words, column, pattern] of [
    ["imagenet", "data", /ImageNet/],
    ["mobilevit", "network", /MobileViT/],
    ["cvnets-license", "licence", /cvnets/],
    ["bundled", "place", /^bundled/],
    ["CIFAR-10 MIT v2", "network", /V2/],
  ]) {
    const found = await filter(words);
    assert.ok(found.length > 0 && found.length < all, words);
    for (const row of found) assert.match(row[column], pattern, words);
  }
  assert.deepEqual(await filter("no such network"), []);
  await filter("");
  const places = { here: /^bundled/, download: /^not downloaded/, all: /./ };
  let sum = 0;
  for (const [choice, pattern] of Object.entries(places)) {
    await lab.get("filter-place").selectOption(choice);
    const found = await rows(lab);
    for (const { place } of found) assert.match(place, pattern);
    await said(found.length);
    if (choice !== "all") sum += found.length;
    else assert.equal(found.length, sum + (await lab.get("weightless").count()));
  }
});

spec("the table is used by keyboard", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  const { page } = lab;
  const { focused, tabTo } = keyboard(page);
  // The first link of the page leads to what is below the header, and not to the other page.
  await page.locator("a.skip").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "models");
  assert.equal(new URL(page.url()).hash, "#models");
  await lab.get("shelf").waitFor();
  await tabTo("filter");
  await page.keyboard.type("cifar");
  await tabTo("sort-accuracy");
  for (const [pressed, direction] of [["Enter", "ascending"], ["Space", "descending"]]) {
    await page.keyboard.press(pressed);
    await page.locator(`th.accuracy[aria-sort="${direction}"]`).waitFor();
    assert.equal(await focused(), "sort-accuracy");
  }
  await tabTo("open");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.ariaExpanded), "true");
  await lab.get("shelf").getByText("Trained for 30 epochs").waitFor();
  await tabTo("show");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "compare");
  await page.locator("a.skip").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "board");
});

spec("downloads are kept, listed and deleted", {}, async ({ open }) => {
  const lab = await openShelf(open, {
    manifest: hubManifest({ bytes: good.length }),
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  await is(lab, "not downloaded");
  const size = `${(good.length / 1e6).toFixed(2)} MB`;
  assert.ok((await item(lab, HUB.id).locator("td.size").innerText()) === size);
  const offered = item(lab, HUB.id).getByRole("button", { name: `Download ${size} ${HUB.id}`, exact: true });
  assert.equal(await offered.count(), 1);
  await item(lab, HUB.id).getByTestId("open").click();
  assert.match(await item(lab, HUB.id).innerText(), /licence: CC0-1\.0/);
  assert.equal(await lab.get("in-memory").innerText(), "Weights in memory: 0, 0 B in all.");

  // Nobody answers: it can be stopped.
  await lab.page.route(HUB_FILES, () => {});
  await item(lab, HUB.id).getByTestId("download").click();
  await item(lab, HUB.id).getByRole("button", { name: `Cancel ${HUB.id}` }).click();
  await item(lab, HUB.id).getByText("Cancelled.").waitFor();
  await lab.page.unroute(HUB_FILES);

  await lab.answer(HUB_FILES, { status: 404, body: "Entry not found" });
  await item(lab, HUB.id).getByRole("button", { name: `Try again ${HUB.id}` }).click();
  const message = await lab.message("download.status", "404");
  await lab.page.unroute(HUB_FILES);

  await lab.answer(HUB_FILES, { body: good });
  await message.getByRole("button").click();
  await is(lab, "kept by the browser · in memory");
  assert.equal(await lab.get("kept").innerText(), `Downloads kept: 1, ${size} in all.`);
  assert.equal(await lab.get("in-memory").innerText(), `Weights in memory: 1, ${size} in all.`);
  await lab.get("storage").getByText(/On disk: [\d.]+ MB of/).waitFor();
  await item(lab, HUB.id).getByTestId("copy-hash").click();
  await item(lab, HUB.id).getByText("Copied.").waitFor();
  assert.equal(await lab.page.evaluate(() => navigator.clipboard.readText()), sha256(good));

  // The address leads here again, and the download is still there.
  await lab.page.reload();
  await lab.ready();
  await is(lab, /kept by the browser$/);
  assert.equal(await lab.get("kept").innerText(), `Downloads kept: 1, ${size} in all.`);
  await item(lab, HUB.id).getByTestId("delete").click();
  await is(lab, "not downloaded");
  assert.equal(await lab.get("kept").innerText(), "No downloads are kept.");
  const kept = await lab.page.evaluate(async (url) => Boolean(await caches.match(url)), HUB.url);
  assert.equal(kept, false);
  // What is deleted is not in memory either.
  await lab.page.reload();
  await lab.ready();
  await is(lab, "not downloaded");
});

spec("what is deleted is not fetched again by a run that waits", {}, async ({ open }) => {
  const lab = await open({ manifest: hubManifest({ bytes: good.length }) });
  await lab.answer(HUB_FILES, { body: good });
  await lab.get("page-models").click();
  await item(lab, HUB.id).getByTestId("download").click();
  await is(lab, "in memory");
  await item(lab, HUB.id).getByTestId("show").click();
  await lab.hold("bench");
  await lab.get("measure").click();
  await lab.held("bench");
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.column(HUB.model).getByText("Running …").waitFor({ state: "attached" });
  await lab.get("page-models").click();
  await item(lab, HUB.id).getByTestId("delete").click();
  await is(lab, "not downloaded");
  await lab.get("page-compare").click();
  await lab.get("cancel").first().click();
  await lab.get("measure").waitFor();
  await lab.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  assert.equal(lab.requests.filter((address) => address === HUB.url).length, 1);
  assert.equal(await lab.get("message").count(), 0);
});

spec("a file on the shelf can be deleted while the board shows it", {}, async ({ open }) => {
  const lab = await openShelf(open, { manifest: { version: 1, checkpoints: [] } });
  await lab.get("shelf-empty").waitFor();
  await lab.drop(["net.safetensors", good]);
  const file = item(lab, dropped(good));
  await file.getByTestId("presence").filter({ hasText: "in memory" }).waitFor();
  await file.getByTestId("delete").click();
  await lab.get("shelf-empty").waitFor();
  await lab.get("page-compare").click();
  assert.equal(await lab.column(HUB.model).getAttribute("data-checkpoint"), "", "random weights take its place");
  assert.equal(await lab.get("message").count(), 0);
  assert.deepEqual(lab.complaints, []);
});

/** Checks that nothing is cut off or beyond the screen's edge, and that every button is large enough for a finger. */
async function fitsPhone(lab) {
  await isNarrow(lab);
  const wrong = await lab.get("shelf").evaluate((shelf) => {
    const shown = [...shelf.querySelectorAll("th, td, button, p, input, select")]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box, element }) => box.width > 1 && !element.closest(".visually-hidden, .family thead"));
    const outside = shown.filter(({ box }) => box.left < 0 || box.right > innerWidth + 0.5);
    const cut = shown.filter(({ element }) => element.scrollWidth > element.clientWidth + 1 && element.tagName !== "INPUT");
    const small = shown.filter(({ element, box }) => element.tagName === "BUTTON" && !element.closest(".storage, .hash, details:not([open])") && box.height < 43.5);
    const name = ({ element }) => `${element.tagName}.${element.className}: ${element.innerText}`;
    return { outside: outside.map(name), cut: cut.map(name), small: small.map(name) };
  });
  assert.deepEqual(wrong, { outside: [], cut: [], small: [] });
}

const PUNCTUATION = /\p{Script=Han}[(),;:?!]|[(),;:?!]\p{Script=Han}/u;

spec("the models are for everybody", {}, async ({ open }) => {
  const openSome = async (lab) => {
    for (const testid of ["checkpoint", "weightless"]) await lab.get(testid).first().getByTestId("open").click();
  };
  const lab = await openShelf(open, { local: false });
  await openSome(lab);
  assert.deepEqual(await violationsInBoth(lab), []);
  const phone = await openShelf(open, { local: false, context: PHONE });
  await openSome(phone);
  await fitsPhone(phone);
  assert.deepEqual(await violationsInBoth(phone), []);
  await phone.get("language").click();
  await phone.page.waitForFunction(() => document.documentElement.lang.startsWith("zh"));
  assert.match(await phone.page.locator("#models-title").innerText(), /\p{Script=Han}/u);
  await fitsPhone(phone);
  // What data files say of a checkpoint is in Chinese, too.
  const bundled = item(phone, "mobilenetv2_050.cifar10");
  if ((await bundled.getByTestId("open").getAttribute("aria-expanded")) === "false") await bundled.getByTestId("open").click();
  const text = await bundled.textContent();
  for (const words of ["MIT 或 Apache-2.0", "标签平滑 0.1", "1 个 CPU 核心", "内置", "实测"]) {
    assert.ok(text.includes(words), `${words}: ${text}`);
  }
  const shelf = await phone.get("shelf").innerText();
  assert.doesNotMatch(shelf, PUNCTUATION);
  await phone.get("filter").fill("内置 v2");
  assert.deepEqual(new Set((await rows(phone)).map(({ place }) => place.split(/\s/)[0])), new Set(["内置"]));
});

spec("families stand by year and kind, and one opens to its block and its networks", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  const families = lab.page.getByTestId("family");
  assert.ok((await families.count()) >= 20, `${await families.count()} families`);
  const card = lab.get("family-card");
  assert.match(await card.innerText(), /MobileNetV1/);
  // By keyboard as by pointer.
  await lab.page.locator('[data-family="shufflenet_v1"]').focus();
  await lab.page.keyboard.press("Enter");
  await card.getByText("arXiv 1707.01083").waitFor();
  const block = card.locator("svg.diagram");
  assert.match(await block.getAttribute("aria-label"), /channel order/);
  // Published figures have their source, and costs are the engine's.
  const models = await lab.call("models");
  const row = card.locator('[data-network="shufflenetv1_g3_1.0x"]');
  assert.match(await row.innerText(), /67\.8 %/);
  assert.match(await row.locator("a").getAttribute("href"), /^https:\/\/github\.com\/megvii-model/);
  assert.ok(models.some(({ id, params }) => id === "shufflenetv1_g3_1.0x" && params === 1864728));
  // A child of it leads there.
  await card.getByRole("button", { name: "ShuffleNetV2", exact: true }).click();
  await card.getByText("arXiv 1807.11164").waitFor();
  assert.deepEqual(await violations(lab, '[data-testid="family-card"], [data-testid="figure-families"]'), []);
  await card.getByTestId("show").first().click();
  await lab.page.locator('[data-testid="column"][data-model^="shufflenet"]').first().waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("many networks are measured in the background, and that can be stopped", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  assert.match(await lab.get("measure-all").innerText(), /30/);
  await lab.get("measure-all").click();
  const figure = lab.get("figure-all-networks");
  await figure.getByText(/: [1-9]\d* of 30 measured/).waitFor();
  await figure.getByTestId("cancel").click();
  await lab.get("measure-all").waitFor();
  const left = Number((await lab.get("measure-all").innerText()).match(/\d+/)[0]);
  assert.ok(left > 0);
  assert.equal(await lab.get("message").count(), 0);
});
