// Browsers and hosts that lack something.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { url, withoutThreads } from "./browser.mjs";
import { ANSWER, HUB, checkpoint, hubManifest, png, shared } from "./fixtures.mjs";
import { spec, workerAfter } from "./lab.mjs";
import { proxy } from "./proxy.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const good = checkpoint();
const GOLDENS = readdirSync(new URL("../engine/tests/data/golden/", import.meta.url));

/** Downloads from a hub, in a browser that cannot keep it. */
async function downloadsWithoutKeeping(open, script, reason) {
  const lab = await open({ manifest: hubManifest(), prepare: workerAfter(script) });
  await lab.answer("https://huggingface.co/**", { body: good });
  const info = await lab.call("load", HUB.model);
  assert.equal(info.presence, "loaded");
  const remark = info.remarks.find((one) => one.code.startsWith("download.not_kept"));
  assert.match(remark?.message ?? JSON.stringify(info), reason);
  await lab.drop(["net.png", png(64, 48)]);
  await lab.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  return lab;
}

spec("without a Cache API downloads work but are not kept", {}, async ({ open }) => {
  const script = 'Object.defineProperty(globalThis, "caches", { value: undefined });';
  const lab = await downloadsWithoutKeeping(open, script, /offers no cache/);
  assert.equal((await lab.call("environment")).cache, false);
  assert.match(await lab.get("environment").innerText(), /kept\s+no/);
});

spec("with a full Cache API downloads work but are not kept", {}, async ({ open }) => {
  const script = 'Cache.prototype.put = async () => { throw new DOMException("full", "QuotaExceededError"); };';
  await downloadsWithoutKeeping(open, script, /storage for this site is full/);
});

spec("with a Cache API that only fails downloads work but are not kept", {}, async ({ open }) => {
  const script = 'CacheStorage.prototype.open = async () => { throw new DOMException("no", "SecurityError"); };';
  await downloadsWithoutKeeping(open, script, /could not be kept/);
});

spec("without SIMD128 the page says which browsers have it, and still counts costs", {}, async ({ open }) => {
  const lab = await open({
    manifest: NOTHING,
    engine: false,
    prepare: workerAfter("WebAssembly.validate = () => false;"),
  });
  await lab.message("worker.no_simd", "SIMD", "Safari");
  assert.ok((await lab.column().count()) >= 2);
  assert.ok(await lab.get("measure").isDisabled());
  assert.match(await lab.page.locator(".charts-section").innerText(), /\d(\.\d+)?\s*M/);
  await lab.drop(["stripes.png", png(64, 48)]);
  await lab.messages("worker.no_simd").nth(1).waitFor();
  assert.equal(await lab.rejection("bench", { model: HUB.model }), "worker.no_simd");
});

for (const [threads, build, skip] of [[2, "threads-simd", withoutThreads], [1, "simd"]]) {
  spec(`a browser without relaxed SIMD runs build ${build} on ${threads} thread(s)`, { skip }, async ({ open }) => {
    // relaxed_madd's opcode tells the modules apart.
    const script = `const { validate } = WebAssembly; WebAssembly.validate = (bytes) => !bytes.includes(0x85) && validate(bytes);`;
    const lab = await open({ url: `${url}?threads=${threads}`, manifest: NOTHING, prepare: workerAfter(script) });
    const environment = await lab.call("environment");
    assert.deepEqual([environment.build, environment.build_reason], [build, "fastest"]);
    assert.equal(environment.threads, threads);
    assert.match(await lab.get("environment").innerText(), /SIMD128/);
  });
}

for (const [build, threads, skip] of [["threads", 2, withoutThreads], ["threads", 3, withoutThreads], ["threads-simd", 2, withoutThreads], ["relaxed", 1], ["simd", 1]]) {
  spec(`build ${build} on ${threads} thread(s) computes every network right`, { skip }, async ({ open }) => {
    const lab = await open({ url: `${url}?build=${build}&threads=${threads}`, manifest: NOTHING });
    const environment = await lab.call("environment");
    assert.deepEqual([environment.build, environment.build_reason], [build, "asked"]);
    assert.equal(environment.threads, threads);
    assert.ok(GOLDENS.length >= 6, `${GOLDENS.length} golden files`);
    for (const file of GOLDENS) {
      const text = gunzipSync(shared(`golden/${file}`)).toString();
      const { cases } = await lab.call("verify", text, { backend: "cpu" });
      for (const [i, one] of cases.entries()) {
        const stages = Object.keys(JSON.parse(text).cases[i].stages).length;
        assert.equal(one.stages_checked + one.stages_fused, stages, JSON.stringify(one));
        // HybridSN's in Keras end before functions that are fused into them.
        const least = stages > 7 ? 4 : 1;
        assert.ok(one.passed && one.stages_checked >= least, JSON.stringify(one));
      }
    }
  });
}

spec("threads that do not start are done without", { skip: withoutThreads }, async ({ open }) => {
  const lab = await open({
    url: `${url}?build=threads&threads=3`,
    manifest: NOTHING,
    prepare: workerAfter(
      "globalThis.Worker = class { constructor() { setTimeout(() => this.onerror()); } postMessage() {} };",
    ),
  });
  const environment = await lab.call("environment");
  assert.deepEqual([environment.build, environment.threads], ["threads", 1]);
  const timing = await lab.call("bench", { model: HUB.model, resolution: 64, warmup: 0, runs: 3 });
  assert.deepEqual([timing.threads, timing.samples_ms.length], [1, 3]);
});

spec("without the memory that threads share the next build runs", { skip: withoutThreads }, async ({ open }) => {
  const script = 'WebAssembly.Memory = class { constructor() { throw new RangeError("no memory"); } };';
  const lab = await open({ url: `${url}?threads=2`, manifest: NOTHING, prepare: workerAfter(script) });
  const environment = await lab.call("environment");
  assert.deepEqual([environment.build, environment.threads], ["relaxed", 1]);
});

spec("a worker that cannot be loaded is said", {}, async ({ open }) => {
  const lab = await open({
    manifest: NOTHING,
    engine: false,
    prepare: (page) => page.route("**/worker_bg.wasm", (route) => route.abort()),
  });
  await lab.message("worker.load_failed", "reload");
});

spec("where nothing isolates pages everything works on one thread", {}, async ({ t, open }) => {
  const change = ({ ...headers }) => {
    for (const name of Object.keys(headers)) if (name.startsWith("cross-origin-")) delete headers[name];
    return headers;
  };
  const context = { serviceWorkers: "block" };
  const lab = await open({ url: await proxy(t, { change }), manifest: NOTHING, context });
  assert.equal(await lab.page.evaluate(() => crossOriginIsolated), false);
  assert.equal(await lab.page.evaluate(() => typeof SharedArrayBuffer), "undefined");
  await lab.drop(["stripes.png", png(64, 48)], ["net.safetensors", good]);
  assert.match(await lab.top1(lab.column(HUB.model)), new RegExp(ANSWER.label));
  const environment = await lab.call("environment");
  assert.equal(environment.isolated, false);
  assert.equal(environment.threads, 1);
  const timing = await lab.call("bench", { model: HUB.model, resolution: 64, warmup: 0, runs: 3 });
  assert.equal(timing.samples_ms.length, 3);
});
