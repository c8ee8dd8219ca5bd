// Files that are no photos, and photos that are odd: each has its message, and nothing that is there is lost.
import assert from "node:assert/strict";
import { ANSWER, HUB, checkpoint, heic, pdf, png, pngClaiming, shared, svg, text } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const jpeg = shared("images/444.jpg");
const truncatedPng = png(200, 200).subarray(0, 300);

/** Name, bytes, code of the message, and what it says. */
const REFUSED = [
  ["empty.jpg", Buffer.alloc(0), "decode.empty", "0 bytes"],
  ["half.jpg", jpeg.subarray(0, jpeg.length / 2), "decode.truncated", "JPEG", `${Math.floor(jpeg.length / 2)} bytes`],
  ["half.png", truncatedPng, "decode.truncated", "PNG", "300 bytes"],
  ["error.log", text, "decode.unsupported", "text file"],
  ["noise.jpg", Buffer.from([0, 1, 2, 3, 83, 104, 111, 112]), "decode.not_an_image", "not an image we can read", "JPEG, PNG"],
  ["drawing.svg", svg, "decode.unsupported", "SVG"],
  ["paper.pdf", pdf, "decode.unsupported", "PDF"],
  ["IMG_0001.HEIC", heic(), "decode.unsupported", "HEIC", "JPEG or PNG"],
  ["bomb.png", pngClaiming(30_000, 30_000), "decode.too_large", "30000 × 30000"],
];

/** Name, bytes, size, and what stands beside it. */
const ODD = [
  ["animated.gif", shared("images/animated.gif"), "GIF", /3 frames: the first/],
  ["cmyk.jpg", shared("images/cmyk_adobe.jpg"), "45 × 31"],
  ["turned.jpg", shared("images/exif_6.jpg"), "31 × 45"],
  ["dot.png", png(1, 1), "1 × 1"],
  ["tall.png", png(1, 4000), "1 × 4000"],
  ["wide.png", png(4000, 1), "4000 × 1"],
];

spec("files that are no photos are refused by name", {}, async ({ step, open }) => {
  const lab = await open({ manifest: NOTHING });
  await lab.drop(["good.png", png(64, 48)], ["net.safetensors", checkpoint()]);
  const column = lab.column(HUB.model);
  await column.getByTestId("top1").waitFor();
  for (const [name, bytes, code, ...parts] of REFUSED) {
    await step(name, async () => {
      await lab.dismissMessages();
      await lab.drop([name, bytes]);
      const message = await lab.message(code, name, ...parts);
      assert.equal(await lab.get("message").count(), 1);
      assert.equal(await lab.get("image").count(), 1, "the photo is still the only one");
      assert.equal(await lab.photo("good.png").getByRole("button").first().getAttribute("aria-pressed"), "true");
      assert.match(await lab.top1(column), new RegExp(ANSWER.label), "its answer is still there");
      await message.getByRole("button").click();
      await message.waitFor({ state: "detached" });
    });
  }
  await step("the others of a drop are taken", async () => {
    await lab.drop(["empty.jpg", Buffer.alloc(0)], ["second.png", png(32, 32)], ["error.log", text]);
    await lab.photo("second.png").waitFor();
    await lab.message("decode.empty", "empty.jpg");
    await lab.message("decode.unsupported", "error.log");
  });
  assert.deepEqual(lab.complaints, []);
});

spec("odd photos work", {}, async ({ step, open }) => {
  const lab = await open({ manifest: NOTHING });
  await lab.drop(["net.safetensors", checkpoint()]);
  const column = lab.column(HUB.model);
  await column.waitFor();
  for (const [name, bytes, ...facts] of ODD) {
    await step(name, async () => {
      await lab.drop([name, bytes]);
      await lab.photo(name).locator('[aria-pressed="true"]').waitFor();
      const shown = await lab.page.locator(".photo-view figcaption").innerText();
      assert.ok(shown.startsWith(name), shown);
      for (const fact of facts) {
        if (fact instanceof RegExp) assert.match(shown, fact);
        else assert.ok(shown.includes(fact), shown);
      }
      const prediction = column.getByTestId("prediction").first();
      await prediction.waitFor();
      assert.match(await prediction.innerText(), new RegExp(`${ANSWER.label}[^]*9[56](\\.\\d)?\\s*%`));
    });
  }
  assert.equal(await lab.get("message").count(), 0);
  assert.deepEqual(lab.complaints, []);
});
