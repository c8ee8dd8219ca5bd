// What everybody sees first: the page itself, without photos and without trained weights.
import assert from "node:assert/strict";
import { FASTEST, url } from "./browser.mjs";
import { png } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

spec("the page says what runs, and talks to nobody else", {}, async ({ open }) => {
  const lab = await open();
  await lab.drop(["stripes.png", png(320, 240)]);
  await lab.photo("stripes.png").waitFor();
  assert.equal(await lab.page.evaluate(() => crossOriginIsolated), true);

  const environment = await lab.call("environment");
  assert.equal(environment.isolated, true);
  assert.deepEqual([environment.build, environment.build_reason], [FASTEST, "fastest"]);
  assert.ok(environment.hardware_threads >= 1, JSON.stringify(environment));
  const threads = FASTEST === "threads" ? Math.min(environment.hardware_threads, 8) : 1;
  assert.equal(environment.threads, threads, JSON.stringify(environment));
  assert.ok(environment.timer_step_ms > 0 && environment.timer_step_ms < 1, `${environment.timer_step_ms} ms`);
  const shown = await lab.get("environment").innerText();
  for (const part of [FASTEST, environment.version, "fused multiply-add"]) assert.ok(shown.includes(part), shown);

  const foreign = lab.requests.filter((address) => !address.startsWith(url) && !/^(data|blob):/.test(address));
  assert.deepEqual(foreign, []);
  assert.deepEqual(lab.complaints, []);
});

spec("the page says which version it is, and leads to the licences of what it is made of", {}, async ({ open }) => {
  const lab = await open();
  assert.match(await lab.get("version").innerText(), /^MobileNet Lab \d+\.\d+\.\d+ \(([0-9a-f]{12,}\+?|unknown)\)$/);
  await lab.get("licences").click();
  await lab.page.getByRole("heading", { level: 1, name: "Third-party licences" }).waitFor();
  await lab.page.getByRole("row", { name: /^leptos 0\.\S+ MIT \d+$/ }).waitFor();
  await lab.page.getByText("Permission is hereby granted").first().waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("without any weights the page says what to do", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const hint = await lab.get("no-weights").innerText();
  for (const part of [".safetensors", "cargo xtask serve --weights"]) assert.ok(hint.includes(part), hint);
  assert.ok((await lab.column().count()) >= 2, "networks can be compared by cost all the same");
});

spec("sample photos come with their author and licence", {}, async ({ open }) => {
  const lab = await open();
  const sample = lab.get("sample-chelsea");
  assert.match(await sample.getAttribute("title"), /van der Walt.*CC0/s);
  await sample.click();
  await lab.photo("chelsea.png").waitFor();
  assert.match(await lab.page.locator(".photo-view figcaption").innerText(), /451 × 300[^]*van der Walt[^]*CC0/);
});

spec("photos can be pasted", {}, async ({ open }) => {
  const lab = await open();
  await lab.page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "pasted.png"));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, png(40, 30).toString("base64"));
  await lab.photo("pasted.png").waitFor();
});
