// Plain static hosts, which send no headers, from any folder: isolation, offline use, updates, and the security policy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FASTEST, url } from "./browser.mjs";
import { png } from "./fixtures.mjs";
import { PATIENCE, cutOff, spec } from "./lab.mjs";
import { host } from "./proxy.mjs";

const FOLDER = "/some/folder/";
const PHOTO = png(320, 240);

/** A host with nothing but files, of which `files` replaces some. */
function plainHost(t, files = {}) {
  const change = (headers) => ({ "Content-Type": headers["content-type"] ?? "application/octet-stream" });
  const missing = (request, response) => response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>404</h1>");
  return host(t, { change, folder: FOLDER, paths: { "/weights-local/manifest.json": missing, ...files } });
}

/** Drops a photo and gives what each column answers. */
async function answers(lab) {
  await lab.drop(["stripes.png", PHOTO]);
  const columns = await lab.column().all();
  assert.ok(columns.length >= 2, `${columns.length} columns`);
  return Promise.all(columns.map((column) => lab.top1(column)));
}

/** The addresses that the browser keeps, by the name of their cache. */
const kept = (lab) =>
  lab.page.evaluate(async () => {
    const addresses = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url);
    const names = await caches.keys();
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await addresses(name)])));
  });

/** Waits until the site's files that match all of `patterns` are kept. */
async function untilKept(lab, ...patterns) {
  for (let waited = 0; waited < PATIENCE; waited += 100) {
    const all = Object.values(await kept(lab)).flat();
    if (patterns.every((pattern) => all.some((address) => pattern.test(address)))) return;
    await lab.page.waitForTimeout(100);
  }
  assert.fail(`not kept: one of ${patterns.join(", ")}; there is ${JSON.stringify(await kept(lab))}`);
}

/** Waits until a new version is there and the old one still runs. */
async function untilWaiting(lab) {
  const state = () =>
    lab.page.evaluate(async () => {
      const { installing, waiting, active } = await navigator.serviceWorker.getRegistration();
      return { installing: installing?.state, waiting: waiting?.state, active: active?.state };
    });
  for (let waited = 0; waited < PATIENCE; waited += 100) {
    if ((await state()).waiting) return;
    await lab.page.waitForTimeout(100);
  }
  assert.fail(`no new version: ${JSON.stringify(await state())}`);
}

spec("a plain host's page is isolated by one reload and runs on all threads", {}, async ({ t, open }) => {
  const lab = await open({ url: (await plainHost(t)).url });
  assert.equal(await lab.page.evaluate(() => crossOriginIsolated), true);
  const environment = await lab.call("environment");
  assert.deepEqual([environment.isolated, environment.build], [true, FASTEST]);
  assert.equal(environment.threads > 1, FASTEST === "threads");
  const pages = lab.requests.filter((address) => address === lab.address);
  assert.ok(pages.length <= 2, `the page was loaded ${pages.length} times`);
  await answers(lab);
  const foreign = lab.requests.filter((address) => !address.startsWith(lab.address) && !/^(data|blob):/.test(address));
  assert.deepEqual(foreign, []);
  // The folder of weights is not there, which no page can know before, and the reload cuts off what had begun to load.
  const begun = new Set(lab.requests.slice(0, lab.requests.lastIndexOf(lab.address)).map(cutOff));
  const isExpected = (text) => /status of 404/.test(text) || begun.delete(text);
  assert.deepEqual(lab.complaints.filter((text) => !isExpected(text)), []);
});

spec("after a visit the site works without its server", {}, async ({ t, open }) => {
  const { url, stop } = await plainHost(t);
  const lab = await open({ url });
  const online = await answers(lab);
  await untilKept(lab, /index\.html$/, /static\/labels/, /worker\/decoder\/.*wasm$/, /\/parts\/views-.*wasm$/, /\.safetensors$/);
  const weights = Object.values(await kept(lab)).flat().filter((address) => address.endsWith(".safetensors"));
  assert.equal(new Set(weights).size, weights.length, "no weights are kept twice");
  const addresses = Object.values(await kept(lab)).flat();
  assert.deepEqual(addresses.filter((address) => address.endsWith("licences.html")), [], "kept for who reads it");

  await stop();
  await assert.rejects(fetch(url), "the server is gone");
  await lab.page.reload();
  await lab.ready();
  assert.equal(await lab.page.evaluate(() => crossOriginIsolated), true);
  assert.deepEqual(await answers(lab), online);
  await lab.goTo("models");
  await lab.get("shelf").waitFor();
});

spec("a new version replaces all files of the old one at once", {}, async ({ t, open }) => {
  let version = 1;
  const original = async (path) => (await fetch(new URL(path, url))).text();
  const page = await original("");
  const changed = page.replace(/<title>.*<\/title>/, "<title>Second</title>");
  const worker = await original("sw.js");
  const site = JSON.parse(worker.slice(worker.indexOf("{"), worker.indexOf("};") + 1));
  site.version = "second";
  site.files["index.html"] = createHash("sha256").update(changed).digest("hex");
  const changedWorker = `const SITE = ${JSON.stringify(site)}${worker.slice(worker.indexOf("};") + 1)}`;
  const either = (type, first, second) => (request, response) =>
    response.writeHead(200, { "Content-Type": type }).end(version === 1 ? first : second);
  const host = await plainHost(t, {
    "/": either("text/html", page, changed),
    "/sw.js": either("text/javascript", worker, changedWorker),
  });
  const lab = await open({ url: host.url });
  const context = lab.page.context();
  await untilKept(lab, /index\.html$/);
  assert.equal(await lab.page.title(), "MobileNet Lab");

  version = 2;
  await lab.page.reload();
  await lab.ready();
  assert.equal(await lab.page.title(), "MobileNet Lab", "the old version, whole");
  await untilWaiting(lab);
  await lab.page.close();
  // The browser ends the old version when it sees that no page uses it.
  const reopened = async () => {
    const page = await context.newPage();
    await page.goto(host.url);
    if ((await page.title()) === "Second") return page;
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return reopened();
  };
  lab.page = await reopened();
  await lab.ready();
  const caches = Object.keys(await kept(lab)).filter((name) => name.startsWith("mobilenet-lab-site"));
  assert.equal(caches.length, 1, JSON.stringify(caches));
  assert.match(caches[0], /second$/);
  await host.stop();
  await lab.page.reload();
  await lab.ready();
});

const HOSTS = { "a plain host": async (t) => (await plainHost(t)).url, "the site's own server": () => url };
for (const [where, address] of Object.entries(HOSTS)) {
  spec(`on ${where} the policy forbids inline scripts and foreign addresses`, {}, async ({ t, open }) => {
    const lab = await open({ url: await address(t) });
    const ran = await lab.page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.ran = true";
      document.body.append(script);
      return globalThis.ran;
    });
    assert.equal(ran, undefined);
    const forbidden = () =>
      new Promise((resolve) => {
        addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
          resolve([effectiveDirective, blockedURI]),
        );
        fetch("https://example.org/").then(() => resolve("answered"), () => setTimeout(resolve, 1000, "failed"));
      });
    for (const place of [lab.page, lab.worker]) {
      assert.deepEqual(await place.evaluate(forbidden), ["connect-src", "https://example.org/"]);
    }
  });
}

spec("the page can be installed", {}, async ({ t, open }) => {
  const lab = await open({ url: (await plainHost(t)).url });
  const inspector = await lab.page.context().newCDPSession(lab.page);
  const { errors, data } = await inspector.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.equal(JSON.parse(data).name, "MobileNet Lab");
  const { installabilityErrors } = await inspector.send("Page.getInstallabilityErrors");
  // Tests run in windows that keep nothing, from which no page can be installed.
  const reasons = installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito");
  assert.deepEqual(reasons, []);
});

spec("what the site's own server serves is never an old version", {}, async ({ open }) => {
  const lab = await open();
  assert.equal(await lab.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
});
