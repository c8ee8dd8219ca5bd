// The browser and the site that all end-to-end tests use. `cargo xtask test` sets the variables:
//   MOBILENET_LAB_URL      where the site is served, with a slash at the end
//   MOBILENET_LAB_CHROME   the Chromium to run
//   MOBILENET_LAB_BUILDS   the worker's builds that the site has, separated by commas
//   MOBILENET_LAB_WEIGHTS  the folder of checkpoints that the site is served with; absent if there is none
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

export const url = required("MOBILENET_LAB_URL");

/** For `test(name, { skip: withoutWeights }, …)`: false, or why tests of trained networks cannot run. */
export const withoutWeights = process.env.MOBILENET_LAB_WEIGHTS
  ? false
  : "SKIPPED: no trained checkpoints beside the repository (../shared/weights)";

/** The worker's builds that the site has. */
const builds = required("MOBILENET_LAB_BUILDS").split(",");

/** For tests of the build with threads: false, or why they cannot run. */
export const withoutThreads = builds.includes("threads") ? false : "SKIPPED: the site has no build with threads";

/** The build that the browser runs unless another is asked for. */
export const FASTEST = withoutThreads || availableParallelism() < 2 ? "relaxed" : "threads";

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run these tests with \`cargo xtask test\``);
  return value;
}

// One list of flags for these tests and for those of the engine.
const webdriver = JSON.parse(readFileSync(new URL("../engine/webdriver.json", import.meta.url), "utf8"));
const shared = webdriver["goog:chromeOptions"].args.filter((flag) => !flag.startsWith("--headless"));
const args = [...shared, "--use-fake-device-for-media-stream"]; // a camera that sees a test picture

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: required("MOBILENET_LAB_CHROME"), args });
});
after(() => browser?.close());

/** A fresh page, with nothing kept from other tests. `options` are those of Playwright's `newContext`. */
export async function newPage(t, options) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  return context.newPage();
}
