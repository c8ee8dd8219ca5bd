// The site's service worker. It gives pages the headers that isolate them, on hosts that cannot, and keeps the site's
// files, so that it works without a network: what a visit uses, and what every visit needs.
//
// `SITE`, which the build puts in front of this script, lists the files of one version with their hashes. A page meets
// files of one version only: all that is kept has the listed hash, and a new version waits until the page that used the
// old one is closed. Downloaded weights are none of the site's files; the engine's worker keeps those itself.

// Several sites may share an origin.
const CACHES = `mobilenet-lab-site ${registration.scope} `;
const CACHE = CACHES + SITE.version;
const HASH = "x-sha256";

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": SITE.policy, // workers do not take over that of their page
};

/** The file at an address, relative to the site; undefined elsewhere. */
function pathOf(address) {
  const { origin, pathname } = new URL(address);
  const scope = new URL(registration.scope);
  if (origin !== scope.origin || !pathname.startsWith(scope.pathname)) return undefined;
  return decodeURIComponent(pathname.slice(scope.pathname.length)) || "index.html";
}

const addressOf = (path) => new URL(encodeURI(path), registration.scope).href;
const isListed = (path) => Object.hasOwn(SITE.files, path);
/** Whether every visit needs a file. The others are kept when a visit uses them. */
const isShell = (path) => !/^(static\/(weights\/.*\.safetensors$|samples\/|licences\.html$)|worker\/(simd|relaxed|threads|threads-simd)\/|bench)/.test(path);

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const path = pathOf(request.url);
  if (path === undefined || request.method !== "GET" || request.headers.has("Range")) return;
  event.respondWith(answer(event, path));
});
addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keep(Object.keys(SITE.files).filter(isShell)));
});

/** A new version is here once as much of it is kept as of the old one. */
async function install() {
  if (!registration.active) return skipWaiting();
  const kept = new Set(Object.keys(SITE.files).filter(isShell));
  for (const name of await oldCaches()) {
    for (const { url } of await (await caches.open(name)).keys()) kept.add(pathOf(url));
  }
  await Promise.all([...kept].filter(isListed).map(keepOne));
}

async function activate() {
  for (const name of await oldCaches()) await caches.delete(name);
  await clients.claim();
}

const oldCaches = async () => (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE);

async function answer(event, path) {
  const kept = isListed(path) ? await keptFile(CACHE, path) : undefined;
  // A blob is the browser's to deliver, whatever becomes of this version of the service worker meanwhile.
  if (kept) return isolated(kept, await kept.blob());
  const response = await fetch(event.request);
  if (response.status === 0) return response; // a redirection, which the browser follows
  // What cannot be kept (the storage is full, the host has another version) is used all the same.
  if (isListed(path) && response.ok) event.waitUntil(store(path, response.clone()).catch(() => {}));
  return isolated(response, response.body);
}

function isolated({ status, statusText, headers: original }, body) {
  const headers = new Headers(original);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(body, { status, statusText, headers });
}

const keep = (paths) => Promise.allSettled(paths.map(keepOne));

/** Makes sure that a file is kept: from an old version if it has not changed. */
async function keepOne(path) {
  if (await keptFile(CACHE, path)) return;
  for (const name of await oldCaches()) {
    const old = await keptFile(name, path);
    if (old?.headers.get(HASH) === SITE.files[path]) return (await caches.open(CACHE)).put(addressOf(path), old);
  }
  const address = path === "index.html" ? registration.scope : addressOf(path);
  const response = await fetch(address, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${response.status}: ${address}`);
  await store(path, response);
}

const keptFile = async (cache, path) => (await caches.open(cache)).match(addressOf(path));

/** Keeps a file if it is this version's. */
async function store(path, response) {
  const content = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (sha256 !== SITE.files[path]) throw new Error(`${path} is of another version`);
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // undone by now
  headers.set("Content-Length", content.byteLength);
  headers.set(HASH, sha256);
  await (await caches.open(CACHE)).put(addressOf(path), new Response(content, { headers }));
}
