// What runs before the page's program, which waits for `booted`: it says what is missing, and puts the service worker
// in place, so that everything the program loads is isolated and kept.
(() => {
  const RELOADED = "mobilenet-lab-reloaded";
  // The page's program, which has the other texts, is not here yet.
  const isChinese = navigator.language.startsWith("zh");
  if (isChinese) document.documentElement.lang = "zh-CN";
  const [LOADING, NO_WEBASSEMBLY, NOT_LOADED] = isChinese
    ? [
        "正在载入 …",
        "此浏览器不支持本页计算所需的 WebAssembly。请使用当前版本的 Chrome、Edge、Firefox 或 Safari 打开。",
        "页面未能完整载入。请检查网络并重新加载。",
      ]
    : [
        "Loading…",
        "This browser has no WebAssembly, which this page computes with. Please open it in a current version of Chrome, Edge, Firefox or Safari.",
        "The page did not load completely. Please check the connection and load it again.",
      ];
  const say = (text) => {
    const status = document.getElementById("boot-status");
    if (status) status.textContent = text;
  };
  const never = new Promise(() => {});
  const patience = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // Files that are dropped before the page's program is here wait for it, which then calls `stop`.
  const early = (globalThis.earlyDrops = { files: [], text: "", stop: () => types.forEach((type) => removeEventListener(type, take)) });
  const types = ["dragover", "drop"];
  function take(event) {
    event.preventDefault();
    if (event.type !== "drop" || !event.dataTransfer) return;
    early.files.push(...event.dataTransfer.files);
    early.text += event.dataTransfer.getData("text/uri-list") + "\n";
  }
  types.forEach((type) => addEventListener(type, take));

  async function boot() {
    say(LOADING);
    if (typeof WebAssembly !== "object") {
      say(NO_WEBASSEMBLY);
      return never;
    }
    // In the capture phase scripts and modules that do not load are seen too.
    addEventListener("error", () => say(NOT_LOADED), true);
    try {
      if (await serviceWorker()) return never;
    } catch {
      // Without it the page needs the network, and runs on one thread where the host does not isolate it.
    }
  }

  /** Whether the page is being loaded again. */
  async function serviceWorker() {
    const container = navigator.serviceWorker;
    if (!container) return false;
    // The server of `cargo xtask serve` isolates its pages; who builds the site wants the files of the last build.
    const isLoopback = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
    if (isLoopback && crossOriginIsolated && !container.controller) return false;

    const before = await container.getRegistration();
    const changed = new Promise((resolve) => container.addEventListener("controllerchange", resolve, { once: true }));
    const registering = container.register("sw.js");
    const inControl = async () => {
      const { installing, waiting, active } = await registering;
      await Promise.all([activated(installing ?? waiting ?? active), container.controller ?? changed]);
    };
    // The first visit waits until its files go through the service worker. (Where one is active and not in control, the
    // visitor has asked to load the page without.)
    if (!before?.active) await Promise.race([inControl(), patience(3000)]);
    registering.then((registration) => registration.update()).catch(() => {}); // a new version is for the next visit
    if (before?.active || container.controller) {
      if (crossOriginIsolated) sessionStorage.removeItem(RELOADED);
      else if (!sessionStorage.getItem(RELOADED)) {
        sessionStorage.setItem(RELOADED, "yes"); // once: a browser may not isolate pages this way
        location.reload();
        return true;
      }
    }
    const keep = () => container.controller?.postMessage("keep");
    if (document.readyState === "complete") keep();
    else addEventListener("load", keep, { once: true });
    return false;
  }

  /** Waits for a service worker: while it only activates, a page that is loaded again may never get an answer. */
  const activated = (worker) =>
    new Promise((resolve) => {
      const look = () => worker.state === "activated" && resolve();
      worker.addEventListener("statechange", look);
      look();
    });

  // What few visitors open is in modules of its own, loaded at most once; a failed attempt can be repeated.
  const page = document.baseURI;
  const modules = {};
  globalThis.loadModule = (name) =>
    (modules[name] ??= import(new URL(`worker/${name}/${name}.js`, page).href)
      .then((module) => module.default().then(() => module))
      .catch((error) => {
        delete modules[name];
        throw error;
      }));

  globalThis.booted = boot();
})();
