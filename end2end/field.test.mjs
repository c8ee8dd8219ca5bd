// What reaches the page from the field: foreign files, weights that fit in part, blocked storage, early drops, sent links, busy
// servers, results that contradict themselves, and coarse clocks.
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { url } from "./browser.mjs";
import { ANSWER, HUB, checkpoint, hubManifest, png, relabelled, torchFile } from "./fixtures.mjs";
import { dropped, spec, workerAfter } from "./lab.mjs";

const NOTHING = { manifest: { version: 1, checkpoints: [] } };
const good = checkpoint();

/** The beginning of a ZIP archive with one file. */
function zip(name, content = Buffer.alloc(64)) {
  const packed = deflateRawSync(content);
  const head = Buffer.alloc(30);
  head.write("PK\x03\x04", "latin1");
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, Buffer.from(name), packed]);
}

/** Name, bytes, code, a word of the message in English and one in Chinese. */
const FOREIGN = [
  ["net.pth", zip("archive/data.pkl"), "reader.malformed", "torch.save", "torch.save"],
  ["pytorch_model.bin", zip("a/data.pkl"), "reader.malformed", "PyTorch file", "PyTorch 文件"],
  ["old.pt", Buffer.from("\x80\x02}q\x00.", "latin1"), "reader.unsupported", "pickle", "PyTorch"],
  ["net.onnx", Buffer.from("\x08\x08\x12\x07pytorch", "latin1"), "reader.damaged", "no graph", "ONNX"],
  ["net.tflite", Buffer.from("\x1c\0\0\0TFL3\x14\0", "latin1"), "reader.damaged", "TensorFlow Lite", "TensorFlow Lite"],
  ["net.h5", Buffer.from("\x89HDF\r\n\x1a\n\0\0", "latin1"), "reader.damaged", "superblock", "Keras"],
  ["net.keras", zip("metadata.json"), "reader.damaged", "archive", "Keras"],
  ["net.npz", zip("weight.npy"), "weights.not_safetensors", "numpy.load", "numpy.load"],
  ["net.gguf", Buffer.from("GGUF\x03\0\0\0", "latin1"), "weights.not_safetensors", "GGUF", "GGUF"],
  ["graph.pb", Buffer.from("\x0a\x05\0\0", "latin1"), "weights.not_safetensors", "TensorFlow graph", "TensorFlow 计算图"],
  ["photos.zip", zip("cat.jpg"), "decode.unsupported", "archive", "压缩包"],
  ["labels.txt", Buffer.from("tench\ngoldfish\n"), "names.alone", "Drop them together", "一起拖入"],
  ["classes.csv", Buffer.from("0,猫\n1,狗\n"), "names.alone", "Drop them together", "一起拖入"],
  ["gaps.csv", Buffer.from("0,猫\n2,狗\n"), "names.unreadable", "numbered up to 2", "numbered up to 2"],
  ["error.log", Buffer.from("503 Service Unavailable\n"), "decode.unsupported", "text file", "文本文件"],
  ["model.safetensors.index.json", Buffer.from('{"weight_map":{"a":"model-00001-of-00002.safetensors"}}'), "weights.index", "load_file", "load_file"],
];

spec("foreign files are told apart, each with a next step, in both languages", {}, async ({ open }) => {
  for (const [locale, word] of [["en", 3], ["zh-CN", 4]]) {
    const lab = await open({ ...NOTHING, context: { locale } });
    for (const [name, bytes, code, ...words] of FOREIGN) {
      await lab.drop([name, bytes]);
      const message = await lab.message(code, name, words[word - 3]);
      assert.doesNotMatch(await message.innerText(), /not an image|不是图片/);
      await lab.dismissMessages();
    }
    assert.deepEqual(lab.complaints, []);
  }
});

spec("a checkpoint of PyTorch is read as it is", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  await lab.drop(["stripes.png", png(64, 48)], ["trained.pth", torchFile(good)]);
  const column = lab.column(HUB.model).first();
  await column.getByText('"state_dict." before every tensor').waitFor();
  // It does not say what its classes are.
  assert.match(await lab.top1(column), new RegExp(`class ${ANSWER.index}`));
  // What is damaged is refused, and what is there stays.
  const cut = torchFile(good);
  await lab.drop(["cut.pth", cut.subarray(0, cut.length / 2)]);
  await lab.message("reader.malformed", "cut.pth", "archive");
  assert.match(await lab.top1(column), new RegExp(`class ${ANSWER.index}`));
});

const prefixed = (prefix) =>
  relabelled(good, (header) => {
    for (const name of Object.keys(header).filter((name) => name !== "__metadata__")) {
      header[prefix + name] = header[name];
      delete header[name];
    }
  });

spec("what stands before all names is left out and named, and weights that are there twice ask which", {}, async ({ open, step }) => {
  const lab = await open(NOTHING);
  await step("a wrapper", async () => {
    await lab.drop(["stripes.png", png(64, 48)], ["wrapped.safetensors", prefixed("net.backbone.")]);
    const column = lab.column(HUB.model).first();
    await column.getByText('"net.backbone." before every tensor').waitFor();
    assert.match(await lab.top1(column), new RegExp(ANSWER.label));
  });
  await step("two of them", async () => {
    const both = checkpoint((tensors) => {
      for (const [name, tensor] of Object.entries(tensors)) {
        delete tensors[name];
        tensors[`model.${name}`] = tensor;
        const value = name === "classifier.bias" ? [10] : tensor.value;
        tensors[`model_ema.${name}`] = { ...tensor, value };
      }
    });
    await lab.drop(["both.safetensors", both]);
    const id = dropped(both, "both.safetensors");
    const column = lab.page.locator(`[data-testid="column"][data-checkpoint="${id}"]`);
    await column.getByTestId("top1").filter({ hasText: ANSWER.label }).waitFor();
    await lab.page.getByRole("button", { name: "model_ema." }).click();
    await column.getByTestId("top1").filter({ hasText: "tench" }).waitFor();
  });
});

spec("weights that fit in part are refused with the reason", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  const integers = relabelled(good, (header) => {
    const { shape, data_offsets } = header["conv_stem.weight"];
    // As many bytes as before.
    header["conv_stem.weight"] = { dtype: "I8", shape: [shape[0], 2 * shape[1], ...shape.slice(2)], data_offsets };
  });
  for (const [name, bytes, code, ...parts] of [
    ["head.safetensors", checkpoint((tensors) => (tensors["classifier.1.weight"] = { shape: [3, 1000], value: 1 })), "weights.names.more_layers", "classifier.1.weight"],
    ["grey.safetensors", checkpoint((tensors) => (tensors["conv_stem.weight"].shape = [16, 1, 3, 3])), "weights.names.channels", "1 channels"],
    ["int8.safetensors", integers, "weights.names.quantised", "conv_stem.weight"],
    [
      "regression.safetensors",
      checkpoint(
        (tensors) => {
          tensors["classifier.weight"].shape[0] = 1;
          tensors["classifier.bias"] = { shape: [1], value: 0 };
        },
        { format: "pt" },
      ),
      "weights.one_output",
      "regression",
    ],
    ["model-00001-of-00002.safetensors", checkpoint((tensors) => delete tensors["conv_head.weight"]), "weights.shard", "several files"],
  ]) {
    await lab.drop([name, bytes]);
    await lab.message(code, name, ...parts);
    await lab.dismissMessages();
  }
  assert.deepEqual(lab.complaints, []);
});

/** What a browser does that forbids storage and cookies: asking is an error already. */
const FORBIDDEN = `
  const forbid = (object, name) => Object.defineProperty(object, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) if (name in globalThis) forbid(globalThis, name);
  forbid(Navigator.prototype, "serviceWorker");
  forbid(Navigator.prototype, "storage");`;

spec("the page works where storage and cookies are forbidden", {}, async ({ open, step }) => {
  const prepare = (page) => page.addInitScript(FORBIDDEN);
  await step("asking is an error", async () => {
    const lab = await open({ ...NOTHING, prepare });
    await lab.drop(["stripes.png", png(64, 48)], ["net.safetensors", good]);
    assert.match(await lab.top1(lab.column(HUB.model)), new RegExp(ANSWER.label));
    await lab.get("language").click();
    await lab.page.waitForFunction(() => document.documentElement.lang.startsWith("zh"));
    await lab.get("page-models").click();
    await lab.get("storage").waitFor();
    assert.deepEqual(lab.complaints, []);
  });
  await step("the engine's cache throws", async () => {
    const throwing = `caches.open = () => { throw new DOMException("forbidden", "SecurityError"); };`;
    const lab = await open({ manifest: hubManifest(), prepare: workerAfter(throwing) });
    await lab.answer(HUB.url, { body: good });
    const { presence, remarks } = await lab.call("load", HUB.model, { weights: HUB.id });
    assert.deepEqual([presence, remarks.map((remark) => remark.code)], ["loaded", ["download.not_kept.no_cache"]]);
  });
});

/** Drops these files as soon as somebody takes them. */
function dropEarly(files) {
  const drop = () => {
    if (!globalThis.earlyDrops) return setTimeout(drop, 10);
    const dataTransfer = new DataTransfer();
    for (const [name, base64] of files) {
      dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    }
    for (const type of ["dragover", "drop"]) {
      document.documentElement.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
    globalThis.droppedEarly = !globalThis.mobilenetLab;
  };
  drop();
}

spec("what is dropped before the page has started is opened then", {}, async ({ open }) => {
  const files = [["early.png", png(64, 48)], ["early.safetensors", good]];
  const lab = await open({
    ...NOTHING,
    prepare: async (page) => {
      await page.route(/^(?!.*\/worker\/).*_bg\.wasm/, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await route.continue();
      });
      await page.addInitScript(dropEarly, files.map(([name, bytes]) => [name, bytes.toString("base64")]));
    },
  });
  assert.equal(await lab.page.evaluate(() => droppedEarly), true, "before the page's program was there");
  await lab.photo("early.png").waitFor();
  assert.match(await lab.top1(lab.column(HUB.model)), new RegExp(ANSWER.label));
  await lab.drop(["late.png", png(48, 48)]);
  await lab.photo("late.png").waitFor();
  assert.equal(await lab.get("image").count(), 2, "each once");
});

spec("links survive messengers", {}, async ({ open }) => {
  const fragment = "board=1;mobilenetv1_100,192x192,random,auto;mobilenetv2_035,96x96,random,cpu";
  for (const sent of [fragment + ".", fragment + "。", fragment + ")", encodeURIComponent(fragment), fragment.replaceAll(",", "%2C") + "%EF%BC%8C"]) {
    const lab = await open({ ...NOTHING, url: `${url}#${sent}` });
    await lab.column("mobilenetv1_100").waitFor();
    await lab.column("mobilenetv2_035").waitFor();
    assert.equal(await lab.get("message").count(), 0, sent);
    await lab.page.close();
  }
  const lab = await open({ ...NOTHING, url: `${url}#${fragment.replace("96x96", "96by96")}` });
  await lab.message("link.damaged", "96by96");
});

spec("a server's refusals are told apart", {}, async ({ open }) => {
  const lab = await open({ manifest: hubManifest() });
  const exposed = { "Access-Control-Expose-Headers": "Retry-After" };
  for (const [status, headers, said] of [
    [401, {}, "account"],
    [403, {}, "permission"],
    [404, {}, "moved"],
    [429, { ...exposed, "Retry-After": "60" }, "Try again in 60 s"],
    [429, {}, "in some minutes"],
    [503, { ...exposed, "Retry-After": "5" }, "server cannot answer now. Try again in 5 s"],
  ]) {
    await lab.page.unroute(HUB.url);
    await lab.answer(HUB.url, { status, headers, body: "no" });
    const refused = await lab.page.evaluate(([model, weights]) => mobilenetLab.load(model, { weights }).catch(String), [HUB.model, HUB.id]);
    assert.ok(refused.includes(`${status}`) && refused.includes(said), refused);
  }
});

/** A clock that shows whole steps of so many milliseconds. */
const coarse = (step) => `
  const exact = performance.now.bind(performance);
  performance.now = () => Math.floor(exact() / ${step}) * ${step};`;

spec("coarse clocks make samples longer, and no figure is nothing", {}, async ({ open, step }) => {
  for (const step_ms of [1, 16, 100]) {
    await step(`steps of ${step_ms} ms`, async () => {
      const lab = await open({ ...NOTHING, url: `${url}?build=simd`, prepare: workerAfter(coarse(step_ms)) });
      const { timer_step_ms } = await lab.call("environment");
      assert.equal(timer_step_ms, step_ms);
      const timing = await lab.call("bench", { model: "mobilenetv3_small_050", resolution: 64, backend: "cpu", runs: 3, warmup: 2 });
      assert.ok(timing.batch * timing.median_ms >= 20 * step_ms, JSON.stringify(timing));
      const numbers = (value) =>
        typeof value === "number" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(numbers) : [];
      assert.ok(numbers(timing).every(Number.isFinite), JSON.stringify(timing));
      for (const ms of [timing.median_ms, timing.min_ms, timing.first_run_ms, timing.prepare_ms, ...timing.samples_ms]) assert.ok(ms > 0, `${ms}`);
      await lab.load(HUB.model, good);
      const seen = await lab.classify(png(64, 48), { weights: dropped(good) });
      assert.ok(seen.run_ms > 0 && seen.preprocess_ms > 0, JSON.stringify(seen));
    });
  }
  await step("a clock that stands still gives no figure", async () => {
    const lab = await open({ ...NOTHING, prepare: workerAfter("performance.now = () => 5;") });
    assert.equal(await lab.rejection("bench", { model: "mobilenetv3_small_050", resolution: 64, backend: "cpu" }), "bench.clock");
  });
});
