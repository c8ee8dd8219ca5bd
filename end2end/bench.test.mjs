// The page that harnesses drive: it runs a network on an input that it is given, with the harness played by the test.
import assert from "node:assert/strict";
import { newPage, url, withoutThreads } from "./browser.mjs";
import { ANSWER, HUB, checkpoint } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

/** The harness's module: two runs, and the logits themselves in place of their error. */
const COMMON = `
  export const fetchBuf = async (address) => (await fetch(address)).arrayBuffer();
  export const models = async () => (await fetch("/models/models.json")).json();
  export const stdInput = (size) => new Float32Array(3 * size * size).fill(0.5);
  export const memory = async () => ({});
  export const relErr = async (name, logits) => Array.from(logits);
  export async function measure(run, { runs }) {
    const times = [];
    while (times.length < runs) {
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
    return { times };
  }`;

/** What `runBench` resolves to, or the message with which it rejects, for an input of this side. */
async function bench(t, build, size, threads = 1) {
  const page = await newPage(t);
  const isolated = { "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin" };
  const serve = (pattern, contentType, body) =>
    page.route(pattern, (route) => route.fulfill({ contentType, headers: isolated, body }));
  await serve("**/h/common.js", "text/javascript", COMMON);
  await serve("**/models/models.json", "application/json", JSON.stringify({ [HUB.model]: { size } }));
  await serve(`**/models/${HUB.model}.safetensors`, "application/octet-stream", checkpoint());
  await page.goto(`${url}bench.html?build=${build}&threads=${threads}`);
  await page.waitForFunction(() => globalThis.runBench);
  return page.evaluate((model) => runBench(model, { runs: 2 }).catch((error) => error.message), HUB.model);
}

for (const [build, threads, skip] of [["threads", 2, withoutThreads], ["relaxed", 1], ["simd", 1]]) {
  spec(`a harness can run build ${build}`, { skip }, async ({ t }) => {
    const result = await bench(t, build, 224, threads);
    assert.equal(result.times?.length, 2, JSON.stringify(result));
    assert.match(result.version, new RegExp(`${build}, ${threads} thread`));
    const { rel_err: logits } = result;
    assert.equal(logits.length, 1000);
    // Only the classifier's bias tells classes apart.
    assert.ok(Math.abs(logits[ANSWER.index] - logits[0] - 10) < 1e-3, `${logits[ANSWER.index]} ${logits[0]}`);
    assert.ok(result.create_ms >= result.init_ms && result.init_ms > 0, JSON.stringify(result));
  });
}

spec("an input of another size is refused with both sizes", {}, async ({ t }) => {
  const message = await bench(t, "simd", 200);
  assert.match(message, /120000 numbers/);
  assert.match(message, /224 × 224 × 3/);
});
