// A server between the browser and the site, for what the site's own server does not do: other headers, slow and
// broken downloads.
import { createServer } from "node:http";
import { once } from "node:events";
import { url } from "./browser.mjs";

/**
 * Serves the site at another address until the test is over, and gives that address. `change(headers)` may alter a
 * response's headers; `paths` maps paths to functions `(request, response)` that answer themselves.
 */
export const proxy = async (t, options) => (await host(t, options)).url;

/** The same, in a folder of the host: its address, and `stop()`, which ends the server earlier. */
export async function host(t, { change = (headers) => headers, paths = {}, folder = "/" }) {
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, url);
    if (!pathname.startsWith(folder)) return response.writeHead(404).end();
    const path = pathname.slice(folder.length);
    if (paths[`/${path}`]) return paths[`/${path}`](request, response);
    const answer = await fetch(new URL(path + search, url));
    const headers = Object.fromEntries(answer.headers);
    // Node has undone the encoding already.
    delete headers["content-encoding"];
    delete headers["transfer-encoding"];
    response.writeHead(answer.status, change(headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  t.after(stop);
  return { url: `http://127.0.0.1:${server.address().port}${folder}`, stop };
}

const ISOLATED = { "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin" };

/** Answers with JSON. */
export const json = (value) => (request, response) => {
  response.writeHead(200, { ...ISOLATED, "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
};

const begin = (response, bytes) => {
  response.writeHead(200, { ...ISOLATED, "Content-Length": bytes.length });
  const half = Math.floor(bytes.length / 2);
  response.write(bytes.subarray(0, half));
  return half;
};

/** Sends the first half of `bytes`, goes on drop by drop while `slow()`, then sends the rest. */
export const slowly = (bytes, slow) => (request, response) => {
  let sent = begin(response, bytes);
  const timer = setInterval(() => {
    if (slow()) return response.write(bytes.subarray(sent, (sent += 1024)));
    clearInterval(timer);
    response.end(bytes.subarray(sent));
  }, 100);
  response.on("close", () => clearInterval(timer));
};

/** Sends the first half of `bytes`, then closes the connection while `broken()`, else sends the rest. */
export const breaking = (bytes, broken) => (request, response) => {
  const half = begin(response, bytes);
  if (broken()) setTimeout(() => response.destroy(), 200);
  else response.end(bytes.subarray(half));
};
