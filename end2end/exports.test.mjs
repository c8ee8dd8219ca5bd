// Networks that other programs have exported: dropped as they are, read by the order of their layers, and what was done is said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { png } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const NOTHING = { manifest: { version: 1, checkpoints: [] } };
const exported = (name) =>
  brotliDecompressSync(readFileSync(new URL(`../app/reader/tests/exports/${name}.br`, import.meta.url)));

/** File, its network, and words of what is said, in English and in Chinese. */
const FILES = {
  ONNX: [
    ["v3.onnx", "mobilenetv3_small_050", ["of this ONNX file", "padding: symmetric", "have been folded"], ["此 ONNX 文件", "填充：symmetric", "已并入卷积"]],
    ["v2_int8.onnx", "mobilenetv2_035", ["52 tensors of integers|53 tensors of integers"], ["整数张量"]],
  ],
  "TensorFlow Lite": [
    ["v2.tflite", "mobilenetv2_035", ["of this TensorFlow Lite file", "padding: same", "have been folded"], ["此 TensorFlow Lite 文件", "填充：same", "已并入卷积"]],
    ["v1_int8.tflite", "mobilenetv1_025", ["tensors of integers"], ["整数张量"]],
  ],
  Keras: [
    ["v2.keras", "mobilenetv2_035", ["of this Keras file", "padding: same", "normalisations: 0.001"], ["此 Keras 文件", "填充：same"]],
    ["v1_weights.h5", "mobilenetv1_025", ["weights alone", "SAME and 0.001"], ["只有权重"]],
  ],
};

for (const [format, files] of Object.entries(FILES)) {
  spec(`${format} files are read as they are, and what was done to them is said`, {}, async ({ open }) => {
    for (const [locale, words] of [["en", 2], ["zh-CN", 3]]) {
      const lab = await open({ ...NOTHING, context: { locale } });
      await lab.drop(["stripes.png", png(64, 48)]);
      for (const [name, model, ...said] of files) {
        await lab.drop([name, exported(name)]);
        const column = lab.column(model).first();
        for (const text of said[words - 2]) {
          await column.getByText(new RegExp(text)).first().waitFor();
        }
        await column.getByTestId("top1").waitFor();
      }
      assert.deepEqual(lab.complaints, []);
    }
  });
}

spec("a damaged export says what is wrong, and what is there stays", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  const whole = exported("v2.tflite");
  await lab.drop(["stripes.png", png(64, 48)], ["whole.tflite", whole]);
  await lab.column("mobilenetv2_035").first().getByTestId("top1").waitFor();
  for (const [name, code] of [["v1.onnx", "reader.damaged"], ["v1.tflite", "reader.damaged"], ["v1_weights.h5", "reader.damaged"], ["v1.keras", "reader.damaged"], ["external.onnx", "reader.form"]]) {
    const bytes = exported(name);
    const cut = code === "reader.form" ? bytes : bytes.subarray(0, bytes.length / 2);
    await lab.drop([name, cut]);
    await lab.message(code, name, code === "reader.form" ? "external data" : "cannot be read");
    await lab.dismissMessages();
  }
  await lab.column("mobilenetv2_035").first().getByTestId("top1").waitFor();
  assert.deepEqual(lab.complaints, []);
});
