// Trained networks and real photos.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withoutWeights } from "./browser.mjs";
import { withMetadata } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const folder = `${process.env.MOBILENET_LAB_WEIGHTS}/`;
const photo = (file) => readFileSync(`${folder}photos/${file}`);

// The columns that the page begins with for these checkpoints: one network a family.
const NETWORKS = ["mobilenetv1_075", "mobilenetv2_100", "tf_mobilenetv3_small_100"];

spec("dropped photos are recognised by every network", { skip: withoutWeights }, async ({ open }) => {
  const lab = await open();
  await lab.drop(["chelsea.png", photo("skimage_chelsea.png")]);
  for (const model of NETWORKS) {
    assert.match(await lab.top1(lab.column(model)), /^(Egyptian cat|tiger cat)/i, model);
    const rows = lab.column(model).getByTestId("prediction");
    assert.equal(await rows.count(), 5, model);
    assert.match(await rows.first().innerText(), /\d\s*%/, model);
    assert.match(await lab.column(model).innerText(), await lab.onCpu(), "what ran stands beside it");
  }
  await lab.drop(["coffee.png", photo("skimage_coffee.png")]);
  for (const model of NETWORKS) {
    const column = lab.column(model);
    await column.getByTestId("top1").filter({ hasText: /espresso/i }).waitFor();
  }
  // The first photo is still there, with its answers.
  await lab.photo("chelsea.png").getByRole("button").first().click();
  for (const model of NETWORKS) {
    await lab.column(model).getByTestId("top1").filter({ hasText: /cat/i }).waitFor();
  }
  assert.deepEqual(lab.complaints, []);
});

spec("probabilities are those of PyTorch", { skip: withoutWeights }, async ({ open }) => {
  const golden = JSON.parse(readFileSync(`${folder}golden_real.json`, "utf8"));
  const lab = await open();
  const models = await lab.call("models");
  const checkpoints = models.flatMap((model) => model.checkpoints);
  const wrong = [];
  let compared = 0;
  for (const [name, { sha256, top5 }] of Object.entries(golden.models)) {
    const checkpoint = checkpoints.find((one) => one.sha256 === sha256 || one.id === name);
    assert.ok(checkpoint, `${name} is not among ${checkpoints.map((one) => one.id).join(", ")}`);
    // The same weights for images that are stretched instead of cropped, which only their metadata can ask for.
    const stretching = withMetadata(readFileSync(`${folder}${name}.safetensors`), { crop_pct: "1.0", crop_mode: "squash" });
    assert.equal(await lab.load(checkpoint.model, stretching), checkpoint.model);
    for (const [transform, weights] of [["crop", checkpoint.id], ["direct", dropped(stretching)]]) {
      for (const [photoName, { [transform]: expected }] of Object.entries(top5)) {
        const bytes = photo(golden.photos[photoName].file);
        const { top } = await lab.classify(bytes, { model: checkpoint.model, weights, top: 10 });
        for (const [rank, { index, label, prob }] of expected.entries()) {
          compared += 1;
          const where = `${name} ${photoName} ${transform}`;
          const found = top.find((one) => one.index === index);
          const off = Math.abs((found?.probability ?? 0) - prob);
          if (off > 2e-3) wrong.push(`${where} ${label}: ${found?.probability}, expected ${prob}`);
          // Neighbours that are further apart than both may be off keep their order.
          const clear = expected.every((other) => other.index === index || Math.abs(other.prob - prob) > 4e-3);
          if (clear && top[rank].index !== index) wrong.push(`${where}: ${label} is not at ${rank + 1}`);
          if (found && !found.label.startsWith(label)) wrong.push(`${where}: class ${index} is called ${found.label}`);
        }
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.equal(compared, 5 * 2 * 3 * 5);
});
