// Many photos: the page stays quick, every network looks at every photo, nothing is left behind; and where photos come from.
import assert from "node:assert/strict";
import { PHONE, isNarrow, violations, violationsInBoth } from "./access.mjs";
import { url } from "./browser.mjs";
import { HUB, checkpoint, png, pngClaiming } from "./fixtures.mjs";
import { WATCH_MEMORY, cutOff, spec, workerAfter } from "./lab.mjs";

const COUNT = 48;
const COLUMNS = 6;
/** The longest that the page may take for anything, milliseconds. */
const LONGEST_MS = 100;

/** Photos that differ, one of them of 12 megapixels. */
function photos() {
  const pattern = (seed) => (x, y) => [(x * seed) % 256, (y * (seed % 7)) % 256, ((x ^ y) * 3 + 40 * seed) % 256];
  const stripe = png(4000, 3000, (x) => (x & 64 ? [200, 60, 30] : [20, 80, 160]));
  const others = Array.from({ length: COUNT - 1 }, (_, index) => [`photo-${index}.png`, png(320, 240, pattern(index + 1))]);
  return [...others, ["large.png", stripe]];
}

const corrupt = (() => {
  const bytes = png(640, 480);
  bytes.fill(0x55, 200, 1200);
  return bytes;
})();

/** Lets the page tell what kept it from answering, and which object URLs it holds. */
const watchPage = (page) =>
  page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) longTasks.push({ startTime, duration });
    }).observe({ type: "longtask", buffered: true });
    globalThis.objectUrls = new Set();
    const { createObjectURL, revokeObjectURL } = URL;
    URL.createObjectURL = (object) => {
      const url = createObjectURL.call(URL, object);
      objectUrls.add(url);
      return url;
    };
    URL.revokeObjectURL = (url) => {
      objectUrls.delete(url);
      revokeObjectURL.call(URL, url);
    };
  });

/** Waits until every network has looked at every photo, and gives what the page says then. */
const over = async (lab) => {
  const summary = lab.get("agreement").filter({ hasText: /./ });
  await summary.waitFor({ timeout: 120_000 });
  return summary.innerText();
};

const clear = async (lab) => {
  await lab.get("clear").click();
  await lab.get("clear-confirm").click();
  await lab.get("photo-tools").waitFor({ state: "detached" });
};

spec("fifty photos at once", { timeout: 300_000 }, async ({ t, open, step }) => {
  const lab = await open({
    local: false,
    prepare: async (page) => {
      await watchPage(page);
      await workerAfter(WATCH_MEMORY)(page);
    },
  });
  while ((await lab.column().count()) < COLUMNS) await lab.get("add-column").click();
  const files = [...photos(), ["corrupt.png", corrupt], ["vast.png", pngClaiming(12_000, 9_000)]];
  files.unshift(files.pop(), files.pop()); // what cannot be used comes first
  const drop = async () => {
    await lab.pickUp(files);
    const start = await lab.page.evaluate(() => performance.now());
    await lab.letGo();
    return start;
  };

  /** What held the page up since `start`, milliseconds each. */
  const tasksSince = async (start) => {
    const tasks = await lab.page.evaluate(
      (start) => longTasks.filter(({ startTime }) => startTime >= start).map(({ duration }) => duration),
      start,
    );
    const seconds = ((await lab.page.evaluate(() => performance.now())) - start) / 1000;
    t.diagnostic(`${files.length} files, ${COLUMNS} networks: ${seconds.toFixed(1)} s`);
    t.diagnostic(`tasks over 50 ms: ${tasks.map((ms) => ms.toFixed(0)).join(", ") || "none"}`);
    return tasks;
  };

  const start = await drop();
  assert.match(await over(lab), new RegExp(`agree on \\d+ of ${COUNT} photos`));
  const firstTasks = await tasksSince(start);
  let secondTasks;
  await step("every network has looked at every photo", async () => {
    assert.equal(await lab.get("image").count(), COUNT);
    assert.equal(await lab.get("verdict").count(), COUNT);
    await lab.get("pairs").locator("summary").click();
    await lab.get("pairs").locator("tbody tr").first().waitFor();
    const pairs = await lab.get("pairs").locator("tbody td:nth-child(2)").allInnerTexts();
    assert.equal(pairs.length, (COLUMNS * (COLUMNS - 1)) / 2);
    for (const pair of pairs) assert.match(pair, new RegExp(`^\\d+ / ${COUNT}$`));
  });
  await step("what cannot be used is said, and hides nothing", async () => {
    await lab.message("decode.corrupt", "corrupt.png");
    await lab.message("decode.too_large", "vast.png", "12000 × 9000");
    assert.equal(await lab.get("message").count(), 2);
  });
  await step("the most disputed photos come first", async () => {
    const [same, compared] = (await lab.get("agreement").innerText()).match(/\d+/g).map(Number);
    const verdicts = () => lab.get("verdict").allInnerTexts();
    const differing = (texts) => texts.filter((text) => text.startsWith("≠")).length;
    assert.equal(differing(await verdicts()), compared - same);
    assert.ok(compared > same, "the networks differ somewhere");
    await lab.get("photo-order").selectOption("disagreement");
    const sorted = await verdicts();
    assert.equal(differing(sorted.slice(0, compared - same)), compared - same, sorted.join(", "));
    await lab.get("photo-order").selectOption("added");
    assert.match(await lab.get("image").first().innerText(), /photo-0\.png/);
  });
  await step("nothing is left behind", async () => {
    assert.equal(await lab.page.evaluate(() => objectUrls.size), 2 * COUNT, "a photo and its thumbnail each");
    const first = await lab.wasmBytes();
    await lab.get("clear").click();
    await lab.page.keyboard.press("Escape");
    assert.equal(await lab.get("image").count(), COUNT, "Escape keeps them");
    await clear(lab);
    assert.equal(await lab.get("image").count(), 0);
    assert.equal(await lab.page.evaluate(() => objectUrls.size), 0);
    await lab.dismissMessages();
    const restart = await drop();
    await over(lab);
    const second = await lab.wasmBytes();
    t.diagnostic(`engine's memory, MB: ${(first / 1e6).toFixed(1)}, after fifty more ${(second / 1e6).toFixed(1)}`);
    assert.equal(second, first, "other photos need no more memory");
    secondTasks = await tasksSince(restart);
  });
  await step("the page answers all the while", () => {
    const tasks = [...firstTasks, ...secondTasks];
    assert.ok(Math.max(0, ...tasks) <= LONGEST_MS, `${tasks.join(", ")} ms`);
  });
  assert.deepEqual(lab.complaints, []);
});

spec("many photos can be stopped and taken up again", {}, async ({ open }) => {
  const lab = await open({ local: false });
  const columns = await lab.column().count();
  const some = Array.from({ length: 60 }, (_, index) => [`photo-${index}.png`, png(64, 48)]);
  const [opened, runs] = [10, 5];
  await lab.hold("open");
  await lab.hold("classify");
  await lab.drop(...some);
  await lab.release("open", opened);
  await lab.photo(`photo-${opened - 1}.png`).waitFor();
  await lab.get("opening").getByTestId("cancel").click();
  await lab.get("opening").waitFor({ state: "detached" });
  assert.equal(await lab.get("image").count(), opened);

  await lab.release("classify", runs);
  const progress = lab.get("photo-progress");
  await progress.getByText(`${runs} of ${opened * columns} predictions`).waitFor();
  await progress.getByTestId("cancel").click();
  const more = lab.get("continue");
  await more.waitFor();
  assert.ok((await lab.get("verdict").count()) <= runs, "the others have no answers");
  await lab.release("classify");
  await more.click();
  await over(lab);
  assert.equal(await lab.get("verdict").count(), opened);
  assert.equal(await lab.get("message").count(), 0);
  assert.deepEqual(lab.complaints, []);
});

spec("answers out of different classes are not compared", {}, async ({ open }) => {
  const lab = await open({ local: false });
  const shipped = await lab.column().count();
  await lab.drop(["a.png", png(64, 48)], ["b.png", png(48, 64)], ["net.safetensors", checkpoint()]);
  await lab.column(HUB.model).getByTestId("top1").waitFor();
  await over(lab);
  assert.equal(await lab.column().count(), shipped + 1);
  await lab.get("pairs").locator("summary").click();
  await lab.get("pairs").locator("tbody tr").first().waitFor();
  const pairs = await lab.get("pairs").locator("tbody th").allInnerTexts();
  assert.equal(pairs.length, (shipped * (shipped - 1)) / 2, pairs.join(", "));
  assert.ok(pairs.every((names) => !names.includes("Small 0.5 ")), pairs.join(", "));
});

spec("photos come from addresses", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const enter = async (address) => {
    await lab.get("address").fill(address);
    await lab.get("address").press("Enter");
  };
  await enter(`${url}static/samples/coffee.png`);
  await lab.photo("coffee.png").waitFor();
  await lab.pickUp([], { "text/uri-list": `# dragged\r\n${url}static/samples/clock.png\r\n` });
  await lab.letGo();
  await lab.photo("clock.png").waitFor();
  await lab.paste({ "text/plain": `data:image/png;base64,${png(20, 10).toString("base64")}` });
  await lab.caption.filter({ hasText: "20 × 10" }).waitFor();
  const blob = await lab.page.evaluate(async () =>
    URL.createObjectURL(await (await fetch("static/samples/camera.png")).blob()),
  );
  await enter(blob);
  await lab.caption.filter({ hasText: "512 × 512" }).waitFor();
  assert.deepEqual(lab.complaints, []);

  await lab.paste({ "text/plain": "just some words" });
  await enter(`${url}nothing.png`);
  await lab.message("address.unreachable", "nothing.png", "HTTP 404", "drop the file");
  await enter("https://example.org/cat.jpg");
  await lab.message("address.elsewhere", "example.org", "save the picture", "drop the file");
  assert.equal(await lab.get("message").count(), 2, "words are no address");
  assert.equal(await lab.get("image").count(), 4);
  assert.ok(lab.requests.every((address) => address.startsWith(url) || /^(data|blob):/.test(address)));
});

spec("an address that does not answer can be given up", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const asked = new Promise((resolve) => lab.page.route("**/slow.png", resolve)); // never answered
  await lab.get("address").fill(`${url}slow.png`);
  await lab.get("address").press("Enter");
  await asked;
  await lab.drop(["later.png", png(64, 48)]);
  await lab.get("opening").filter({ hasText: /slow\.png/ }).waitFor();
  await lab.get("opening").getByTestId("cancel").click();
  await lab.get("opening").waitFor({ state: "detached" });
  assert.equal(await lab.get("image").count(), 0, "what waited behind it is given up too");
  await lab.drop(["a.png", png(64, 48)]);
  await lab.photo("a.png").waitFor();
  assert.equal(await lab.get("message").count(), 0);
  assert.deepEqual(lab.complaints, [cutOff(`${url}slow.png`)]);
});

spec("a photo is taken with the camera", {}, async ({ open, step }) => {
  const lab = await open({
    manifest: { version: 1, checkpoints: [] },
    context: { permissions: ["camera"] },
    prepare: (page) =>
      page.addInitScript(() => {
        globalThis.streams = [];
        const { getUserMedia } = MediaDevices.prototype;
        MediaDevices.prototype.getUserMedia = async function (constraints) {
          const stream = await getUserMedia.call(this, constraints);
          streams.push(stream);
          return stream;
        };
      }),
  });
  /** Of each time that the camera was opened, whether it is on. */
  const on = () =>
    lab.page.evaluate(() => streams.map((stream) => stream.getTracks().some((track) => track.readyState === "live")));
  const closed = () => lab.get("camera-view").waitFor({ state: "hidden" });
  const live = () => lab.page.locator('[data-testid="camera-take"]:enabled').waitFor();
  await step("and opened", async () => {
    await lab.get("camera").click();
    await live();
    assert.deepEqual(await violations(lab), []);
    assert.deepEqual(await on(), [true]);
    await lab.get("camera-take").click();
    await lab.caption.filter({ hasText: "640 × 480" }).waitFor();
    await closed();
    assert.deepEqual(await on(), [false]);
  });
  await step("or not, and the camera goes off", async () => {
    await lab.get("camera").click();
    await live();
    await lab.page.keyboard.press("Escape");
    await closed();
    await lab.page.waitForFunction(() => document.activeElement?.dataset.testid === "camera");
    assert.deepEqual(await on(), [false, false]);
    assert.equal(await lab.get("image").count(), 1);
  });
  await step("a browser that refuses is explained", async () => {
    await lab.page.context().clearPermissions();
    await lab.get("camera").click();
    await lab.message("camera.refused", "settings", "choose a file");
    await closed();
    await lab.dismissMessages();
    await lab.page.evaluate(() => {
      MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
    });
    await lab.get("camera").click();
    await lab.message("camera.none", "Connect one");
    await closed();
  });
  assert.deepEqual(lab.complaints, []);
});

spec("what is dragged within the page is not dropped on it", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  await lab.get("sample-chelsea").click();
  await lab.photo("chelsea.png").waitFor();
  await lab.page.locator(".photo-view img").dragTo(lab.get("measure"));
  await lab.get("sample-coffee").click();
  await lab.photo("coffee.png").waitFor();
  assert.equal(await lab.get("image").count(), 2);
});

spec("many photos on a phone", {}, async ({ open }) => {
  const lab = await open({ local: false, context: PHONE });
  assert.ok(await lab.page.locator("label.own-camera").isVisible(), "phones have cameras");
  assert.ok(!(await lab.get("camera").isVisible()), "and an app for them");
  await lab.get("camera-input").setInputFiles({ name: "taken.png", mimeType: "image/png", buffer: png(320, 240) });
  await lab.photo("taken.png").waitFor();
  await lab.drop(["a.png", png(64, 48)], ["b.png", png(48, 64, (x, y) => [y * 5, x * 5, 0])]);
  await lab.photo("b.png").waitFor();
  await over(lab);
  await lab.get("pairs").locator("summary").click();
  await lab.get("pairs").locator("tbody tr").first().waitFor();
  await isNarrow(lab);
  assert.deepEqual(await violationsInBoth(lab), []);
  await lab.get("clear").click();
  assert.deepEqual(await violationsInBoth(lab), [], "the question");
  await lab.get("clear-keep").click();
  assert.equal(await lab.get("image").count(), 3);
});
