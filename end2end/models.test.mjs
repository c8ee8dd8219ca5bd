// The shelf: every checkpoint with its facts, downloads that can be stopped and deleted.
import assert from "node:assert/strict";
import { PHONE, isNarrow, violations } from "./access.mjs";
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

spec("the shelf shows every checkpoint with its facts", {}, async ({ open }) => {
  const lab = await openShelf(open, { local: false });
  assert.equal(new URL(lab.page.url()).hash, "#models");
  assert.equal(await lab.get("page-models").getAttribute("aria-current"), "page");
  assert.equal(await lab.page.locator("#photos-title").isVisible(), false);
  await lab.page.waitForFunction(() => document.activeElement.id === "models");
  const listed = (await lab.call("models")).flatMap((model) => model.checkpoints);
  assert.equal(await lab.get("checkpoint").count(), listed.length);
  for (const { id, licence, origin, sha256, published_top1, training } of listed) {
    const text = await item(lab, id).textContent();
    const top1 = training ? (100 * training.test.correct) / training.test.images : published_top1;
    const facts = [id, licence, origin, sha256?.slice(0, 12) ?? "", top1 === null ? "" : `Top-1 ${top1.toFixed(1)} %`];
    for (const fact of facts) assert.ok(text.includes(fact), `${id} lacks ${fact}: ${text}`);
    if (top1 === null) assert.ok(!text.includes("Top-1"), `${id} has a figure that nobody published: ${text}`);
  }
  assert.match(await lab.get("storage").innerText(), /No downloads are kept[^]*takes .*B of the .*B/);
  await lab.get("persist").click();
  await lab.get("storage").getByText(/keeps downloads until|has declined/).waitFor();

  await item(lab, listed[0].id).getByTestId("show").click();
  await lab.page.locator(`[data-testid="column"][data-checkpoint="${listed[0].id}"]`).waitFor();
  assert.equal(await lab.get("shelf").count(), 0);
  assert.deepEqual(lab.complaints, []);
});

spec("downloads are kept, listed and deleted", {}, async ({ open }) => {
  const lab = await openShelf(open, {
    manifest: hubManifest({ bytes: good.length }),
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  await is(lab, "not downloaded");
  assert.match(await item(lab, HUB.id).innerText(), /licence: CC0-1\.0[^]*Download 3\.\d+ MB/);
  const size = `${(good.length / 1e6).toFixed(2)} MB`;

  // Nobody answers: it can be stopped.
  await lab.page.route(HUB_FILES, () => {});
  await item(lab, HUB.id).getByTestId("download").click();
  await item(lab, HUB.id).getByTestId("cancel").click();
  await item(lab, HUB.id).getByText("Cancelled.").waitFor();
  await lab.page.unroute(HUB_FILES);

  await lab.answer(HUB_FILES, { status: 404, body: "Entry not found" });
  await item(lab, HUB.id).getByRole("button", { name: "Try again" }).click();
  const message = await lab.message("download.status", "404");
  await lab.page.unroute(HUB_FILES);

  await lab.answer(HUB_FILES, { body: good });
  await message.getByRole("button").click();
  await is(lab, "kept by the browser, in memory");
  assert.equal(await lab.get("kept").innerText(), `Downloads kept: 1, ${size} in all.`);
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

for (const colorScheme of ["light", "dark"]) {
  spec(`the shelf is for everybody, ${colorScheme}`, {}, async ({ open }) => {
    const lab = await openShelf(open, { local: false, context: { colorScheme } });
    assert.deepEqual(await violations(lab), []);
    const phone = await openShelf(open, { local: false, context: { ...PHONE, colorScheme } });
    await isNarrow(phone);
    assert.deepEqual(await violations(phone), []);
    await phone.get("language").click();
    await phone.page.waitForFunction(() => document.documentElement.lang.startsWith("zh"));
    assert.match(await phone.page.locator("#models-title").innerText(), /\p{Script=Han}/u);
    await isNarrow(phone);
  });
}
