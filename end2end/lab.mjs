// What the tests do with the page: open it, give it files, read its answers, and show what was there when one fails.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { newPage, url } from "./browser.mjs";
import { sha256 } from "./fixtures.mjs";
import { held, hold, release } from "./hold.mjs";

/** The name that files given to {@link Lab.load} have. */
const FILE = "net.safetensors";

/** The id of a checkpoint that was given as a file of these bytes. */
export const dropped = (bytes, name = FILE) => `file:${name}:${sha256(bytes).slice(0, 8)}`;

const RESULTS = new URL("./test-results/", import.meta.url).pathname;

/** Milliseconds that anything may take; machines with two busy cores are slow. */
export const PATIENCE = 30_000;

/**
 * A test in the browser. `body` gets `open` (see {@link Lab.open}) and `step(title, work)`, which counts as a test of
 * its own. When one fails, every page is photographed, and what the browser's console said is printed.
 */
export function spec(name, options, body) {
  test(name, { timeout: 6 * PATIENCE, ...options }, async (t) => {
    const labs = [];
    const open = async (how = {}) => {
      const lab = new Lab(await newPage(t, how.context), how.url ?? url);
      labs.push(lab);
      await lab.open(how);
      return lab;
    };
    const reported = async (t, title, work) => {
      try {
        await work();
      } catch (error) {
        for (const [index, lab] of labs.entries()) await lab.report(t, `${title} ${index + 1}`);
        throw error;
      }
    };
    const step = (title, work) => t.test(title, (t) => reported(t, `${name} ${title}`, work));
    await reported(t, name, () => body({ t, open, step }));
  });
}

const loader = readFileSync(new URL("../app/worker/loader.js", import.meta.url), "utf8");

/** For {@link Lab.open}'s `prepare`: lets the worker begin with `script`. */
export const workerAfter = (script) => (page) =>
  page.route("**/worker/loader.js*", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin" },
      body: `${script}\n${loader}`,
    }),
  );

/** For {@link workerAfter}: lets the worker tell the memory of every module that it starts but the decoder's. */
export const WATCH_MEMORY = `
  globalThis.memories = [];
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const start = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const result = await start.call(WebAssembly, source, imports);
      const { exports } = result.instance ?? result;
      if (exports.make_threads) memories.push(exports.memory);
      return result;
    };
  }`;

/** The browser saves data, and the visitor wants all details. */
function settled() {
  Object.defineProperty(Navigator.prototype, "connection", { get: () => ({ saveData: true }), configurable: true });
  try {
    localStorage.setItem("mobilenet-lab.details", "true");
  } catch {
    // A frame without an address has no storage.
  }
}

const notLoaded = (address, reason) => `not loaded: ${address} (${reason})`;

/** What {@link Lab.complaints} has of a request that the page gave up. */
export const cutOff = (address) => notLoaded(address, "net::ERR_ABORTED");

/** The page of one test. */
export class Lab {
  /** What the browser complained of. */
  complaints = [];
  /** Addresses that were asked for. */
  requests = [];

  constructor(page, address) {
    this.page = page;
    this.address = address;
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => {
      const { errorText } = request.failure();
      // The browser fetches the tab's icon when it likes, and gives that up where the page is loaded again meanwhile.
      if (request.url().endsWith("/icons/icon.svg") && errorText === "net::ERR_ABORTED") return;
      this.complaints.push(notLoaded(request.url(), errorText));
    });
  }

  /**
   * Loads the page and waits for its engine. `prepare(page)` runs before; `engine: false` where there will be none;
   * `manifest` is served in place of the site's own, and `local` says whether a folder of checkpoints is there too.
   * Nothing starts by itself, and all details are open, unless it is a `newcomer` that the page is to welcome.
   */
  async open({ prepare, engine = true, manifest, local = manifest === undefined, newcomer = false } = {}) {
    if (!newcomer) await this.page.addInitScript(settled);
    if (manifest !== undefined) await this.answer("**/static/weights/manifest.json", { json: manifest });
    if (!local) await this.answer("**/weights-local/manifest.json", { json: { version: 1, checkpoints: [] } });
    await prepare?.(this.page);
    await this.page.goto(this.address);
    if (engine) await this.ready();
  }

  /** Waits until the engine and the list of checkpoints are there. */
  async ready() {
    await this.page.waitForFunction(() => globalThis.mobilenetLab);
    await this.page.evaluate(() => mobilenetLab.ready);
  }

  /** Calls `window.mobilenetLab[name](...args)`; a rejection fails with its code. */
  call(name, ...args) {
    return this.page.evaluate(
      ([name, args]) =>
        mobilenetLab[name](...args).catch((error) => {
          throw new Error(`${name}: ${error.code}: ${error.message}`);
        }),
      [name, args],
    );
  }

  /** The code with which `window.mobilenetLab[name](...args)` rejects. */
  rejection(name, ...args) {
    return this.page.evaluate(
      ([name, args]) => mobilenetLab[name](...args).then(() => "no rejection", (error) => error.code),
      [name, args],
    );
  }

  /** `window.mobilenetLab.load` with a file of these bytes: the network's id, or the code of the rejection. */
  load(model, bytes) {
    return this.page.evaluate(
      ([model, base64, name]) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const weights = new File([bytes], name);
        return mobilenetLab.load(model, { weights }).then((info) => info.model, (error) => error.code);
      },
      [model, bytes.toString("base64"), FILE],
    );
  }

  /** `window.mobilenetLab.classify` on these bytes. */
  classify(bytes, options) {
    return this.page.evaluate(
      async ([base64, options]) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        return mobilenetLab.classify(new Blob([bytes]), options);
      },
      [bytes.toString("base64"), options],
    );
  }

  /** How the page names the CPU backend and the threads that run. */
  async onCpu() {
    const { threads } = await this.call("environment");
    return threads === 1 ? /CPU · 1 thread(?!s)/ : new RegExp(`CPU · ${threads} threads`);
  }

  /** Answers requests whose address matches, as a server of this site or one that allows other sites would. */
  answer(pattern, { json, body, headers = {}, ...rest }) {
    const more = {
      "Access-Control-Allow-Origin": "*",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "cross-origin",
    };
    const content = json === undefined ? { body } : { body: JSON.stringify(json), contentType: "application/json" };
    return this.page.route(pattern, (route) =>
      route.fulfill({ ...content, headers: { ...more, ...headers }, ...rest }),
    );
  }

  /** Drops files on the window, as a visitor does: `[name, bytes]` each. */
  async drop(...files) {
    await this.pickUp(files);
    await this.letGo();
  }

  /** Has files ready to be dropped, and data by type. */
  async pickUp(files, data = {}) {
    const encoded = files.map(([name, bytes]) => [name, bytes.toString("base64")]);
    await this.page.evaluate(
      ([files, data]) => {
        const transfer = (globalThis.pickedUp = new DataTransfer());
        for (const [name, base64] of files) {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          transfer.items.add(new File([bytes], name));
        }
        for (const [type, text] of Object.entries(data)) transfer.setData(type, text);
      },
      [encoded, data],
    );
  }

  /** Drops what was picked up. */
  async letGo() {
    await this.page.evaluate(() => {
      const transfer = globalThis.pickedUp;
      const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2) ?? document.body;
      for (const type of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
        const taken = !target.dispatchEvent(event);
        if (type !== "dragenter" && !taken) throw new Error(`nothing takes files on ${type}`);
      }
    });
  }

  /** Pastes into the page, data by type. */
  async paste(data) {
    await this.page.evaluate((data) => {
      const clipboardData = new DataTransfer();
      for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, data);
  }

  /** The page's worker; its helpers never answer. */
  get worker() {
    return this.page.workers().find((worker) => worker.url().includes("loader.js"));
  }

  /** Bytes of the engine's wasm memory, for pages that {@link WATCH_MEMORY}. */
  wasmBytes() {
    return this.worker.evaluate(() => memories[0].buffer.byteLength);
  }

  /**
   * From now on jobs of this kind (`bench`, `classify`, `open`, `profile`) wait before they begin; `running`: once they
   * have said how far their runs are. One that is cancelled waits no longer.
   */
  hold(kind, { running = false } = {}) {
    return hold(this.worker, kind, running);
  }

  /** Waits until a job of this kind waits. */
  held(kind) {
    return held(this.worker, kind);
  }

  /** Lets `count` held jobs of this kind go on, or those to come; all if no number is given. */
  release(kind, count) {
    return release(this.worker, kind, count);
  }

  /** Opens the menu of a chart. */
  async menu(name) {
    const menu = this.get(`${name}-menu`);
    if (!(await menu.evaluate((menu) => menu.open))) await menu.locator("summary").click();
  }

  /** Shows a chart as a table, or a table as a chart. */
  async turn(name) {
    await this.menu(name);
    await this.get(`${name}-menu`).getByRole("button").first().click();
  }

  /** Goes to a page. */
  async goTo(page) {
    await this.get(`page-${page}`).click();
    await this.page.locator(`#${page}:not([hidden])`).waitFor();
  }

  /** Measures all columns, to the end. */
  measure() {
    return this.#finish("bench", "measure");
  }

  /** Measures the layers, to the end. */
  measureLayers() {
    return this.#finish("profile", "measure-layers");
  }

  /** Has the page do what a button asks for: the button is away meanwhile, which is seen because the job is held. */
  async #finish(kind, button) {
    await this.hold(kind);
    await this.get(button).click();
    await this.get(button).waitFor({ state: "detached" });
    await this.release(kind);
    await this.get(button).waitFor();
  }

  /** Elements with this `data-testid`. */
  get(testid) {
    return this.page.getByTestId(testid);
  }

  /** The photo of this name in the strip. */
  photo(name) {
    return this.page.locator(`[data-testid="image"][data-name="${name}"]`);
  }

  /** Name, size, format and remarks of the photo that is shown large. */
  get caption() {
    return this.page.locator(".photo-view figcaption");
  }

  /** The columns of this network, or of any. */
  column(model) {
    return model ? this.page.locator(`[data-testid="column"][data-model="${model}"]`) : this.get("column");
  }

  /** The most probable class that a column shows, once it shows one. */
  async top1(column) {
    return (await column.getByTestId("top1").innerText()).trim();
  }

  /** The messages of this code. */
  messages(code) {
    return this.page.locator(`[data-testid="message"][data-code="${code}"]`);
  }

  /** Waits for a message of this code that says all of `parts`, and gives it. */
  async message(code, ...parts) {
    const fitting = parts.reduce((messages, part) => messages.filter({ hasText: part }), this.messages(code));
    const message = fitting.first();
    try {
      await message.waitFor();
    } catch {
      const there = await this.get("message").evaluateAll((all) =>
        all.map((one) => `${one.dataset.code}: ${one.innerText.trim()}`),
      );
      const wanted = [code, ...parts].map((part) => JSON.stringify(part)).join(", ");
      assert.fail(`no message with ${wanted}; there are:\n  ${there.join("\n  ") || "none"}`);
    }
    return message;
  }

  /** Takes all messages off the page. */
  async dismissMessages() {
    const dismiss = this.page.locator('.messages [data-testid="message"] button.icon');
    while (await dismiss.count()) await dismiss.first().click();
  }

  /** Keeps a picture and what the browser said. */
  async report(t, name) {
    mkdirSync(RESULTS, { recursive: true });
    const file = `${name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80)}.png`;
    try {
      await this.page.screenshot({ path: RESULTS + file, fullPage: true, timeout: 10_000 });
      t.diagnostic(`screenshot: end2end/test-results/${file}`);
    } catch (error) {
      t.diagnostic(`no screenshot: ${error.message.split("\n")[0]}`);
    }
    for (const complaint of this.complaints) t.diagnostic(`browser: ${complaint}`);
  }
}
