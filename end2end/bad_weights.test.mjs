// Weights files that cannot be used: each has its message, and what is loaded stays.
import assert from "node:assert/strict";
import { ANSWER, HUB, checkpoint, png, safetensors, safetensorsFile, stateDict, text } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const good = checkpoint();
const headerLength = Number(good.readBigUInt64LE());

/** The good file with another claim about the header's length. */
function claimingHeader(length) {
  const file = Buffer.from(good);
  file.writeBigUInt64LE(BigInt(length));
  return file;
}

/** The good file with its header changed. */
function withHeader(change) {
  const header = JSON.parse(good.subarray(8, 8 + headerLength).toString());
  change(header);
  return safetensorsFile(header, good.subarray(8 + headerLength));
}

const outOfBounds = withHeader((header) => {
  // The last tensor reaches a megabyte beyond the end.
  const last = Object.values(header).filter((one) => one.data_offsets).reduce((a, b) => (a.data_offsets[1] > b.data_offsets[1] ? a : b));
  last.shape = [(last.data_offsets[1] - last.data_offsets[0]) / 2 + 500_000];
  last.data_offsets[1] += 1_000_000;
});

const foreign = safetensors({
  "conv1.weight": { shape: [64, 3, 7, 7], value: 0.1 },
  "layer1.0.conv1.weight": { shape: [64, 64, 3, 3], value: 0.1 },
  "fc.weight": { shape: [1000, 512], value: 0.1 },
  "fc.bias": { shape: [1000], value: 0 },
});

/** Name, bytes, code of the message, and what it says. */
const REFUSED = [
  ["empty.safetensors", Buffer.alloc(0), "weights.too_short", "0 bytes"],
  ["text.safetensors", text, "weights.not_safetensors", "text file"],
  ["long-header.safetensors", claimingHeader(2 ** 40), "weights.header_too_long", `${2 ** 40}`],
  ["beyond.safetensors", claimingHeader(good.length), "weights.header_beyond_file", `${good.length}`],
  ["short-header.safetensors", claimingHeader(headerLength - 1), "weights.header_not_json", "not valid JSON"],
  ["bounds.safetensors", outOfBounds, "weights.out_of_bounds", "ends at byte"],
  ["cut.safetensors", good.subarray(0, good.length - 1000), "weights.out_of_bounds", "cut off"],
  [
    "nan.safetensors",
    checkpoint((tensors) => (tensors["conv_head.bias"].value = [0, 0, NaN])),
    "weights.non_finite",
    "conv_head.bias",
    "NaN",
    "index 2",
  ],
  ["resnet.safetensors", foreign, "weights.names.unrecognised", "timm, torchvision"],
  [
    "shape.safetensors",
    checkpoint((tensors) => (tensors["blocks.2.0.conv_pw.weight"].shape = [7, 16, 1, 1])),
    "weights.names.unrecognised",
    "blocks.2.0.conv_pw.weight is [7, 16, 1, 1]",
    HUB.model,
  ],
  [
    "missing.safetensors",
    checkpoint((tensors) => delete tensors["conv_head.weight"]),
    "weights.names.unrecognised",
    "conv_head.weight",
    HUB.model,
  ],
];

spec("weights files that cannot be used are refused by name", {}, async ({ step, open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  await lab.drop(["good.png", png(64, 48)], ["good.safetensors", good]);
  const column = lab.column(HUB.model);
  await column.getByTestId("top1").waitFor();
  const columns = await lab.column().count();
  for (const [name, bytes, code, ...parts] of REFUSED) {
    await step(name, async () => {
      await lab.dismissMessages();
      await lab.drop([name, bytes]);
      const message = await lab.message(code, name, ...parts);
      assert.equal(await lab.get("message").count(), 1);
      assert.equal(await lab.column().count(), columns, "no network is added or lost");
      assert.match(await lab.top1(column), new RegExp(ANSWER.label), "the answer is still there");
      await message.getByRole("button").click();
      await message.waitFor({ state: "detached" });
    });
  }
  await step("and the good ones still run", async () => {
    await lab.drop(["another.png", png(50, 50)]);
    await lab.photo("another.png").waitFor();
    await column.getByTestId("top1").waitFor();
  });
  assert.deepEqual(lab.complaints, []);
});

spec("a checkpoint whose tensors are not all needed says so", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  const more = checkpoint((tensors) => (tensors["teacher.weight"] = { shape: [3], value: 1 }));
  await lab.drop(["more.safetensors", more]);
  const column = lab.column(HUB.model);
  await column.getByText("teacher.weight").waitFor();
  assert.ok(Object.keys(stateDict("timm__mobilenetv3_small_050")).every((name) => name !== "teacher.weight"));
});

spec("weights for another network than asked for are refused", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  assert.equal(await lab.load("mobilenetv2_100", good), "weights.names.other_network");
  assert.equal(await lab.load(HUB.model, good), HUB.model);
  const photo = png(64, 48);
  await assert.rejects(lab.classify(photo, { model: "mobilenetv2_100", weights: dropped(good) }), /not of mobilenetv2_100/);
  const { model } = await lab.classify(photo, { model: HUB.model, weights: dropped(good) });
  assert.equal(model, HUB.model);
});

spec("a checkpoint that is given as a picture is not kept", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  assert.equal(await lab.load(HUB.model, good), HUB.model);
  await assert.rejects(lab.classify(good, { model: HUB.model }), /a checkpoint, not an image/);
  assert.equal(await lab.rejection("load", HUB.model, { weights: dropped(good, "image") }), "unknown_checkpoint");
});

spec("files are told apart by their content, not by their name", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  await lab.drop(["stripes.png", png(64, 48)], ["net.safetensors", good]);
  const answer = (label) => lab.column(HUB.model).getByTestId("top1").filter({ hasText: label });
  await answer(ANSWER.label).waitFor();
  const columns = await lab.column().count();
  await lab.column(HUB.model).getByLabel("Backend").selectOption("cpu");
  const other = checkpoint((tensors) => (tensors["classifier.bias"].value = [10]));
  await lab.drop(["net.safetensors", other]);
  await answer("tench").waitFor(); // class 0
  assert.equal(await lab.column().count(), columns + 1, "it is another checkpoint");
  await answer(ANSWER.label).waitFor();
  assert.equal(await lab.column(HUB.model).first().getByLabel("Backend").inputValue(), "cpu", "the column stays as it is set");
  await lab.drop(["renamed.safetensors", good], ["wait.png", png(50, 50)]);
  await lab.photo("wait.png").waitFor();
  assert.equal(await lab.column().count(), columns + 1, "the same file is there once");
  const { checkpoints } = (await lab.call("models")).find((model) => model.id === HUB.model);
  assert.deepEqual(checkpoints.map((one) => one.id), [dropped(good), dropped(other)]);
});

spec("a checkpoint replaces nothing on a full board, and says so", {}, async ({ open }) => {
  const lab = await open({ manifest: { version: 1, checkpoints: [] } });
  while (await lab.get("add-column").isEnabled()) await lab.get("add-column").click();
  const models = () => lab.column().evaluateAll((columns) => columns.map((column) => column.dataset.model));
  const before = await models();
  await lab.drop(["net.safetensors", good]);
  await lab.message("board.full_file", dropped(good), "6 networks");
  assert.deepEqual(await models(), before);
  // It is here all the same.
  await lab.column().last().getByTestId("remove").click();
  await lab.column().nth(5).waitFor({ state: "detached" });
  await lab.column().last().locator("select").first().selectOption({ label: "MobileNetV3-Small (timm)" });
  await lab.column("mobilenetv3_small_100").last().locator("select").nth(1).selectOption(HUB.model);
  await lab.page.locator(`[data-checkpoint="${dropped(good)}"]`).waitFor();
});
