// Lists of weights and downloads, with the hub played by the test: what works, and every way in which it does not.
import assert from "node:assert/strict";
import { ANSWER, HUB, bundledManifest, checkpoint, hubManifest, png, sha256 } from "./fixtures.mjs";
import { spec } from "./lab.mjs";
import { breaking, json, proxy, slowly } from "./proxy.mjs";

const HUB_FILES = "https://huggingface.co/**";
const good = checkpoint();
/** The good file with one weight changed. */
const altered = Buffer.from(good);
altered[altered.length - 1] ^= 1;

/** Opens the page with one hub checkpoint listed, in its column, and with a photo. */
async function openWithHub(open, { hub, entry = {}, ...how } = {}) {
  const manifest = hubManifest({ bytes: good.length, ...entry });
  const lab = await open({ manifest, ...how });
  if (hub) await lab.answer(HUB_FILES, hub);
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.photo("stripes.png").waitFor();
  return { lab, column: await showHub(lab) };
}

/** The column of the hub checkpoint's network; the page begins with one for it only if its weights are kept. */
async function showHub(lab) {
  const column = lab.column(HUB.model);
  const widths = lab.column("mobilenetv3_small_100").locator("select").nth(1);
  if (!(await column.count())) await widths.selectOption(HUB.model);
  await column.waitFor();
  return column;
}

const download = (column) => column.getByTestId("download").click();
const answered = async (lab, column) => assert.match(await lab.top1(column), new RegExp(ANSWER.label));

/** The photo and its strip are as they were. */
async function nothingLost(lab) {
  assert.equal(await lab.photo("stripes.png").count(), 1);
  assert.ok((await lab.column().count()) >= 2);
}

// ---- the list

spec("a missing list of weights is said, and files still work", {}, async ({ open }) => {
  const lab = await open({
    local: false,
    prepare: (page) => page.route("**/static/weights/manifest.json", (route) => route.fulfill({ status: 404 })),
  });
  await lab.message("manifest.missing", "404", "manifest.json");
  await lab.drop(["stripes.png", png(64, 48)], ["net.safetensors", good]);
  await answered(lab, lab.column(HUB.model));
});

for (const [what, body, code, ...parts] of [
  ["no JSON", '{"version": 1, "checkpoints": [', "manifest.not_json", "line 1"],
  ["another form", '{"version": 1, "checkpoints": 7}', "manifest.malformed", "checkpoints"],
  ["another version", '{"version": 99, "checkpoints": []}', "manifest.unsupported_version", "99"],
]) {
  spec(`a list of weights that is ${what} is said, and files still work`, {}, async ({ open }) => {
    const lab = await open({
      local: false,
      prepare: (page) =>
        page.route("**/static/weights/manifest.json", (route) =>
          route.fulfill({ body, contentType: "application/json" }),
        ),
    });
    await lab.message(code, ...parts);
    await lab.drop(["stripes.png", png(64, 48)], ["net.safetensors", good]);
    await answered(lab, lab.column(HUB.model));
  });
}

spec("a mistake in one entry of the list leaves the others", {}, async ({ open }) => {
  const manifest = hubManifest();
  const [entry] = manifest.checkpoints;
  manifest.checkpoints.unshift({ ...entry, id: "broken", paddding: "same" });
  const lab = await open({ manifest });
  await lab.message("manifest.entry", "broken", "paddding");
  const models = await lab.call("models");
  const listed = models.flatMap((model) => model.checkpoints.map((one) => one.id));
  assert.deepEqual(listed, [HUB.id]);
});

// ---- the hub

spec("weights of the hub are offered, fetched, and kept for the next visit", {}, async ({ open }) => {
  const { lab, column } = await openWithHub(open, { hub: { body: good } });
  assert.match(await column.getByTestId("download").innerText(), /3\.\d+ MB/);
  assert.deepEqual(lab.requests.filter((address) => address.startsWith("https:")), [], "nothing before it is asked for");
  const [request] = await Promise.all([lab.page.waitForRequest(HUB.url), download(column)]);
  assert.equal((await request.allHeaders()).referer, undefined, "the hub is not told which page asks");
  await answered(lab, column);
  assert.deepEqual(lab.requests.filter((address) => address.startsWith("https:")), [HUB.url]);

  // The next visit needs no hub.
  await lab.page.unroute(HUB_FILES);
  await lab.page.route(HUB_FILES, (route) => route.abort());
  await lab.page.reload();
  await lab.ready();
  const [kept] = (await lab.call("models")).flatMap((model) => model.checkpoints);
  assert.equal(kept.presence, "cached");
  assert.equal(kept.sha256, sha256(good));
  await lab.drop(["stripes.png", png(64, 48)]);
  await answered(lab, await showHub(lab));
  assert.deepEqual(lab.complaints, []);
});

/** How the hub fails, the code, and what the message says. */
const FAILURES = [
  ["unreachable", { abort: true }, {}, "download.unreachable", HUB.url],
  ["404", { status: 404, body: "Entry not found" }, {}, "download.status", "404", HUB.url],
  ["truncated", { body: good.subarray(0, 1_000_000) }, {}, "download.truncated", "1000000", `${good.length}`],
  ["a web page", { body: "<!doctype html><title>Sign in</title>" }, {}, "weights.not_safetensors", "web page"],
  ["another file than listed", { body: altered }, { sha256: sha256(good) }, "download.hash_mismatch", sha256(altered)],
  [
    "weights of another shape",
    { body: checkpoint((tensors) => (tensors["blocks.2.0.conv_pw.weight"].shape = [7, 16, 1, 1])) },
    { bytes: undefined },
    "weights.names.mismatch",
    "blocks.2.0.conv_pw.weight",
  ],
];

for (const [what, { abort, ...hub }, entry, code, ...parts] of FAILURES) {
  spec(`a hub that gives ${what} is said, and a second try works`, {}, async ({ open }) => {
    const { lab, column } = await openWithHub(open, { entry, hub: abort ? undefined : hub });
    if (abort) await lab.page.route(HUB_FILES, (route) => route.abort("internetdisconnected"));
    await download(column);
    const message = await lab.message(code, ...parts);
    await nothingLost(lab);

    await lab.page.unroute(HUB_FILES);
    await lab.answer(HUB_FILES, { body: good });
    await message.getByRole("button").click();
    await answered(lab, column);
    assert.equal(await lab.messages(code).count(), 0);
  });
}

spec("a kept download that has changed is refused and fetched anew", {}, async ({ open }) => {
  const { lab, column } = await openWithHub(open, { hub: { body: good } });
  await download(column);
  await answered(lab, column);
  await lab.page.evaluate(
    async ([url, base64]) => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const kept = await cache.match(url);
        if (!kept) continue;
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        await cache.put(url, new Response(bytes, { headers: kept.headers }));
        return;
      }
      throw new Error("the download was not kept");
    },
    [HUB.url, altered.toString("base64")],
  );
  await lab.page.reload();
  await lab.ready();
  await lab.drop(["stripes.png", png(64, 48)]);
  const again = await showHub(lab);
  const message = await lab.message("download.hash_mismatch", sha256(altered), sha256(good));
  await nothingLost(lab);
  await message.getByRole("button").click();
  await answered(lab, again);
});

spec("a download can be cancelled and taken up again", {}, async ({ t, open }) => {
  let slow = true;
  const file = "slow.safetensors";
  const address = await proxy(t, {
    paths: {
      "/static/weights/manifest.json": json(bundledManifest(file, good)),
      "/weights-local/manifest.json": json({ version: 1, checkpoints: [] }),
      [`/static/weights/${file}`]: slowly(good, () => slow),
    },
  });
  const lab = await open({ url: address });
  await lab.drop(["stripes.png", png(64, 48)]);
  const column = lab.column(HUB.model);
  await lab.page.waitForFunction((model) => {
    const progress = document.querySelector(`[data-model="${model}"] progress[value]`);
    return progress && progress.value > 0.45 && progress.value < 0.9;
  }, HUB.model);
  await column.getByText(/1\.\d+ MB.*3\.\d+ MB/).waitFor();
  await column.getByTestId("cancel").click();
  await column.locator("progress").waitFor({ state: "detached" });
  assert.equal(await lab.get("message").count(), 0, "cancelling is no news to who did it");
  await nothingLost(lab);

  slow = false;
  await column.locator(".result").getByRole("button").click();
  await answered(lab, column);
});

spec("a connection that breaks in the middle is said", {}, async ({ t, open }) => {
  let broken = true;
  const file = "broken.safetensors";
  const address = await proxy(t, {
    paths: {
      "/static/weights/manifest.json": json(bundledManifest(file, good)),
      "/weights-local/manifest.json": json({ version: 1, checkpoints: [] }),
      [`/static/weights/${file}`]: breaking(good, () => broken),
    },
  });
  const lab = await open({ url: address });
  await lab.drop(["stripes.png", png(64, 48)]);
  const column = lab.column(HUB.model);
  const message = await lab.message("download.truncated", file);
  await nothingLost(lab);
  broken = false;
  await message.getByRole("button").click();
  await answered(lab, column);
});
