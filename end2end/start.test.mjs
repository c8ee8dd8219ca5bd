// The site starts: isolated, from any path, with a worker that loses no message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newPage, url, withoutThreads } from "./browser.mjs";
import { workerAfter } from "./lab.mjs";

/** Opens the site and collects everything that the browser complains of. */
async function open(t, options) {
  const page = await newPage(t, options);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("requestfailed", (request) => complaints.push(`not loaded: ${request.url()}`));
  await page.goto(url, { waitUntil: "networkidle" });
  return { page, complaints };
}

/** Starts the worker, sends it `sent` at once, and gives the first `count` messages that come back. */
function talk(page, sent, count) {
  return page.evaluate(
    ({ sent, count }) =>
      new Promise((resolve, reject) => {
        const answers = [];
        const worker = new Worker("./worker/loader.js", { type: "module" });
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }) => {
          answers.push(data);
          if (answers.length === count) resolve(answers);
        };
        sent.forEach((message) => worker.postMessage(message));
      }),
    { sent, count },
  );
}

/** Answers requests for the worker's build with `script` instead. */
function replaceBuild(page, script) {
  const isolated = { "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin" };
  return page.route("**/worker/*/worker.js", (route) =>
    route.fulfill({ contentType: "text/javascript", headers: isolated, body: script }),
  );
}

test("the page is isolated and loads without a complaint", async (t) => {
  const { page, complaints } = await open(t);
  assert.equal(await page.title(), "MobileNet Lab");
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.deepEqual(complaints, []);
});

test("without JavaScript the page says what it needs", async (t) => {
  const page = await newPage(t, { javaScriptEnabled: false });
  await page.goto(url);
  assert.match(await page.locator("noscript").innerText(), /needs JavaScript and WebAssembly/);
});

test("without WebAssembly the page says so", async (t) => {
  const page = await newPage(t);
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.goto(url);
  assert.match(await page.locator("#boot-status").innerText(), /no WebAssembly/);
});

test("a Chinese browser is told in Chinese", async (t) => {
  const page = await newPage(t, { locale: "zh-CN" });
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.goto(url);
  assert.match(await page.locator("#boot-status").innerText(), /不支持.*WebAssembly/);
});

test("a page whose program cannot be loaded says so", async (t) => {
  const page = await newPage(t);
  await page.route("**/*_bg.wasm", (route) => route.abort());
  await page.goto(url);
  await page.getByText("did not load completely").waitFor();
});

test("the worker's wasm starts", async (t) => {
  const { page } = await open(t);
  const loaded = page.waitForResponse("**/worker/*/worker_bg.wasm");
  await page.evaluate(() => {
    globalThis.answers = [];
    const worker = new Worker("./worker/loader.js", { type: "module" });
    worker.onmessage = ({ data }) => answers.push(data);
  });
  assert.equal((await loaded).status(), 200);
  await page.waitForTimeout(500);
  const fatal = await page.evaluate(() => answers.filter((answer) => answer?.fatal));
  assert.deepEqual(fatal, []);
});

test("messages sent before the worker's wasm is ready arrive in order", async (t) => {
  const { page } = await open(t);
  const slow = `export default async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    onmessage = ({ data }) => postMessage(["got", data]);
  };`;
  await replaceBuild(page, slow);
  assert.deepEqual(await talk(page, [1, { two: 2 }], 2), [["got", 1], ["got", { two: 2 }]]);
});

test("messages that come while the threads start are answered once, by all", { skip: withoutThreads }, async (t) => {
  const { page } = await open(t);
  await workerAfter(`
    const send = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message) {
      setTimeout(() => send.call(this, message), 1000);
    };`)(page);
  const answers = await page.evaluate(async () => {
    const worker = new Worker("./worker/loader.js?build=threads&threads=2", { type: "module" });
    const answers = [];
    worker.onmessage = ({ data: { job, event } }) => answers.push([job, event.done.environment.threads]);
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    let sent = 0;
    while (answers.length === 0) {
      worker.postMessage({ job: ++sent, request: "environment" });
      await pause(20);
    }
    while (answers.length < sent) await pause(20);
    await pause(200);
    return answers;
  });
  assert.ok(answers.length > 1, `${answers.length} messages came before the helper`);
  // The order of answers is not that of the messages: each waits for the GPU.
  const inOrder = answers.toSorted(([a], [b]) => a - b);
  assert.deepEqual(inOrder, answers.map((_, index) => [index + 1, 2]));
});

test("a worker that cannot be loaded says so", async (t) => {
  const { page } = await open(t);
  await replaceBuild(page, "throw new Error('broken build');");
  const [answer] = await talk(page, [], 1);
  assert.equal(answer.fatal, "load_failed");
  assert.match(answer.detail, /broken build/);
});

test("a browser without SIMD128 is told", async (t) => {
  const { page } = await open(t);
  await workerAfter("WebAssembly.validate = () => false;")(page);
  assert.deepEqual(await talk(page, [], 1), [{ fatal: "no_simd" }]);
});
