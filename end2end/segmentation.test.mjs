// Networks that label pixels: dropped weights, the map over the photo, its legend and opacity, and values like the authors'.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PHONE, violations } from "./access.mjs";
import { safetensors, shared, stateDict } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const cat = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));
const SKY = 10;

/** ESPNet-C that sees the sky everywhere. */
function sky() {
  const tensors = {};
  for (const [name, shape] of Object.entries(stateDict("authors__espnetc_p2_q3"))) {
    const isZero = /bias$|running_mean$/.test(name);
    tensors[name] = { shape, value: isZero ? 0 : /conv\.weight$|d\d+\.weight$/.test(name) ? 0.0078125 : 1 };
  }
  const classifier = tensors["classifier.conv.weight"];
  const each = classifier.shape[1];
  classifier.value = Array.from({ length: classifier.shape[0] * each }, (_, i) => (Math.floor(i / each) === SKY ? 1 : 0));
  return safetensors(tensors);
}

for (const [device, context] of [["on a desktop", {}], ["on a phone", PHONE]]) {
  spec(`a network that labels pixels shows their classes over the photo ${device}`, {}, async ({ open }) => {
    const lab = await open({ manifest: NOTHING, context });
    const weights = sky();
    await lab.drop(["sky.safetensors", weights]);
    const column = lab.page.locator(`[data-testid="column"][data-checkpoint="${dropped(weights, "sky.safetensors")}"]`);
    await column.waitFor();
    assert.equal(await column.getAttribute("data-model"), "espnetc_p2_q3");
    await lab.drop(["cat.png", cat]);
    // Twenty classes of pixels are Cityscapes'.
    await column.getByTestId("top1").getByText("sky", { exact: true }).waitFor();
    const map = lab.get("class-map");
    await map.waitFor();
    assert.match(await lab.get("map-legend").innerText(), /sky\s*100/);
    const photo = await lab.page.locator(".under-map img").boundingBox();
    const box = await map.boundingBox();
    // The authors' input is the whole photo, out of shape.
    for (const side of ["x", "y", "width", "height"]) {
      assert.ok(Math.abs(photo[side] - box[side]) < 2, `${side}: ${photo[side]} and ${box[side]}`);
    }
    const pixel = await map.evaluate((canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 1, 1).data));
    assert.deepEqual(pixel, [70, 130, 180, 255]);
    await lab.get("map-opacity").fill("20");
    assert.equal(await map.evaluate((canvas) => canvas.style.opacity), "0.2");
    assert.deepEqual(await violations(lab, ".photo-view"), []);
    await lab.get("language").click();
    await lab.get("map-legend").getByText("天空").waitFor();
    assert.deepEqual(lab.complaints, []);
  });
}

spec("pixels' classes are those of the authors' code", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  const golden = gunzipSync(shared("golden/authors_espnetc_p2_q3_128x256.json.gz")).toString();
  for (const backend of ["cpu", "webgpu"]) {
    const { cases } = await lab.call("verify", golden, { backend });
    assert.ok(cases.length > 0 && cases.every((one) => one.passed), JSON.stringify(cases));
  }
  const published = new URL("../../shared/reference/espnet_weights/espnetc_p2_q3.safetensors", import.meta.url);
  if (!existsSync(published)) {
    console.log("SKIPPED: ESPNet's published weights are not beside the repository (../shared/reference/espnet_weights)");
    return;
  }
  const weights = readFileSync(published);
  await lab.drop(["espnetc.safetensors", weights]);
  const id = dropped(weights, "espnetc.safetensors");
  await lab.page.locator(`[data-checkpoint="${id}"]`).first().waitFor();
  const seen = await lab.classify(cat, { model: "espnetc_p2_q3", weights: id, backend: "cpu" });
  assert.ok(seen.top.length > 2 && seen.map.classes !== undefined, JSON.stringify(seen.top));
  const shares = seen.top.reduce((sum, { probability }) => sum + probability, 0);
  assert.ok(Math.abs(shares - 1) < 1e-3, `${shares}`);
});
