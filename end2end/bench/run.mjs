// Carries out the plan of `cargo xtask bench` in Chromium. The plan is JSON on standard input:
//   { url, chrome, rounds, configurations: [{ build, threads }], networks: [id], kernels: filter or null, aa: number or null }
// Each line of standard output is one JSON value: first { session }, then { peak }, { network } or { kernels }, each of one
// round; with aa only { same }. Every measurement has a browser context, so a process and compiled code, of its own.
import { readFileSync, readdirSync } from "node:fs";
import { chromium } from "playwright-core";

const { url, chrome, rounds, configurations, networks, kernels, aa } = JSON.parse(readFileSync(0, "utf8"));
const webdriver = JSON.parse(readFileSync(new URL("../../engine/webdriver.json", import.meta.url), "utf8"));
const args = webdriver["goog:chromeOptions"].args.filter((flag) => !flag.startsWith("--headless"));

/** Processor time is counted over at least this many runs and this many milliseconds. */
const CPU_RUNS = 5;
const CPU_MS = 500;

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const browser = await chromium.launch({ executablePath: chrome, args });
const inspector = await browser.newBrowserCDPSession();

/** Milliseconds of processor time that all threads of all renderers have had; null where the system does not tell. */
async function cpuMs() {
  const { processInfo } = await inspector.send("SystemInfo.getProcessInfo");
  const ofThread = (path) => {
    try {
      return Number(readFileSync(path, "utf8").split(" ")[0]) / 1e6;
    } catch {
      return 0; // It has ended since it was listed.
    }
  };
  try {
    return processInfo
      .filter(({ type }) => type === "renderer")
      .flatMap(({ id }) => readdirSync(`/proc/${id}/task`).map((thread) => `/proc/${id}/task/${thread}/schedstat`))
      .reduce((sum, path) => sum + ofThread(path), 0);
  } catch {
    return null;
  }
}

/** Starts a worker, gives `work` a function that asks it, and ends it. */
async function withWorker({ build, threads }, work) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    const { cold_ms, environment } = await page.evaluate(async (parameters) => {
      const before = performance.now();
      start(parameters);
      const { environment } = await ask("environment");
      return { cold_ms: performance.now() - before, environment };
    }, { build, threads });
    if (environment.build !== build) throw new Error(`this browser runs build ${environment.build}, not ${build}`);
    if (environment.threads !== threads) {
      throw new Error(`build ${build} runs ${environment.threads} thread(s), not ${threads}`);
    }
    return await work((request) => page.evaluate((request) => ask(request), request), { cold_ms, environment });
  } finally {
    await context.close();
  }
}

/** One network in one configuration: the worker's own measurement, then runs for the processor's clock. */
function network(configuration, model) {
  return withWorker(configuration, async (ask, { cold_ms }) => {
    const config = { model, weights: "random" };
    const { timings } = await ask({ bench: { configs: [config], seed: 1 } });
    const [{ timing, failed }] = timings;
    if (failed) throw new Error(failed.message);
    const runs = Math.max(CPU_RUNS, Math.ceil(CPU_MS / timing.median_ms));
    const before = await cpuMs();
    await ask({ repeat: { config, runs } });
    const after = await cpuMs();
    const cpu_ms = before === null || after === null ? null : (after - before) / runs;
    return { ...configuration, cold_ms, cpu_ms, ...timing };
  });
}

/** One network so many times beside itself, in turns as the page's networks take them. */
function same(configuration, model) {
  return withWorker(configuration, async (ask) => {
    const config = { model, weights: "random" };
    const comparisons = [];
    for (let seed = 1; seed <= aa; seed++) {
      const { timings } = await ask({ bench: { configs: [config, config], seed } });
      const failed = timings.find((one) => one.failed);
      if (failed) throw new Error(failed.failed.message);
      // Of the two, the one that is not the faster tells how they compare.
      comparisons.push(timings.map(({ timing }) => timing.beside_fastest).find((beside) => beside));
    }
    return { ...configuration, model, comparisons };
  });
}

try {
  const { environment } = await withWorker(configurations[0], (_, started) => started);
  const { isolated, timer_step_ms, version } = environment;
  const started = new Date().toISOString();
  print({ session: { started, browser: browser.version(), isolated, timer_step_ms, version } });
  if (aa !== null) {
    for (const model of networks) {
      for (const configuration of configurations) print({ same: await same(configuration, model) });
    }
  }
  for (let round = 0; round < (aa === null ? rounds : 0); round++) {
    // One thread's peak is a fact of the build.
    const builds = configurations.filter((one, at) => configurations.findIndex(({ build }) => build === one.build) === at);
    for (const one of builds) {
      const { peak } = await withWorker(one, (ask) => ask("peak"));
      print({ peak: { build: one.build, rates: peak } });
    }
    // Those that are compared run one after the other.
    for (const model of networks) {
      for (const configuration of configurations) print({ network: await network(configuration, model) });
    }
    if (kernels === null) continue;
    for (const one of builds) {
      const reply = await withWorker(one, (ask) => ask({ kernels: { filter: kernels } }));
      print({ kernels: { build: one.build, timings: reply.kernels } });
    }
  }
} finally {
  await browser.close();
}
