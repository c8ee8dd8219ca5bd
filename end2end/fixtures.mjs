// Files that the tests give to the page, made when they are needed: images, broken images, checkpoints.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gunzipSync } from "node:zlib";

const data = new URL("../engine/tests/data/", import.meta.url);

/** A file that the engine's own tests use too. */
export const shared = (path) => readFileSync(new URL(path, data));

const CIFAR = new URL("../target/xtask/cifar10/test/", import.meta.url);

/** For `spec(name, { skip: withoutCifar }, …)`: false, or why tests on CIFAR-10's test images cannot run. */
export const withoutCifar = existsSync(CIFAR)
  ? false
  : "SKIPPED: CIFAR-10's test images are not unpacked (cargo xtask test does)";

/** A new folder with a folder of `each` of CIFAR-10's test images for the first `classes`, and the images: `[class, bytes]`. */
export function someOfCifar(classes, each) {
  const folder = mkdtempSync(join(tmpdir(), "labelled-"));
  const images = [];
  for (const name of readdirSync(CIFAR).sort().slice(0, classes)) {
    mkdirSync(join(folder, name));
    for (const file of readdirSync(new URL(`${name}/`, CIFAR)).sort().slice(0, each)) {
      const bytes = readFileSync(new URL(`${name}/${file}`, CIFAR));
      writeFileSync(join(folder, name, file), bytes);
      images.push([name, bytes]);
    }
  }
  return { folder, images };
}

/** Lower-case hexadecimal. */
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** CRC-32, which Node's zlib has only since version 20.15. */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

function pngChunk(type, body) {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}

function pngHeader(width, height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB
  return pngChunk("IHDR", header);
}

/** An RGB PNG; `pixel(x, y)` gives three bytes. */
export function png(width, height, pixel = (x, y) => [x % 256, y % 256, (x + y) % 256]) {
  const rows = Buffer.alloc(height * (1 + 3 * width)); // each row begins with its filter, 0 for none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(pixel(x, y), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const chunks = [pngHeader(width, height), pngChunk("IDAT", deflateSync(rows)), pngChunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([PNG_SIGNATURE, ...chunks]);
}

/** A PNG of some hundred bytes that claims to have very many pixels. */
export function pngClaiming(width, height) {
  const chunks = [pngHeader(width, height), pngChunk("IDAT", deflateSync(Buffer.alloc(4096)))];
  return Buffer.concat([PNG_SIGNATURE, ...chunks, pngChunk("IEND", Buffer.alloc(0))]);
}

/** The first box of an iPhone's photo, and some bytes. */
export function heic() {
  const box = Buffer.alloc(512, 7);
  box.writeUInt32BE(24, 0);
  box.write("ftypheic\0\0\0\0mif1heic", 4, "latin1");
  return box;
}

export const svg = Buffer.from(
  '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
);
export const pdf = Buffer.from("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n");
export const text = Buffer.from("Shopping list: two lemons, flour, and a tin of tomatoes.\n");

const BYTES_OF_F16 = 2;

/** Half precision; enough for zeros and numbers of ordinary size. */
function halfBits(value) {
  if (Number.isNaN(value)) return 0x7e00;
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + fraction;
}

/**
 * A safetensors file of F16 tensors: `tensors` gives each name its shape and its value, a number for all elements
 * or an array.
 */
export function safetensors(tensors, metadata) {
  const header = metadata ? { __metadata__: metadata } : {};
  const bodies = [];
  let end = 0;
  for (const [name, { shape, value }] of Object.entries(tensors)) {
    const elements = shape.reduce((product, side) => product * side, 1);
    const begin = end;
    end += elements * BYTES_OF_F16;
    header[name] = { dtype: "F16", shape, data_offsets: [begin, end] };
    const values = new Uint16Array(elements);
    if (Array.isArray(value)) values.set(value.map(halfBits));
    else values.fill(halfBits(value));
    bodies.push(Buffer.from(values.buffer));
  }
  return safetensorsFile(header, Buffer.concat(bodies));
}

/** A safetensors file with this header, true or not. */
export function safetensorsFile(header, body, headerLength) {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? json.length));
  return Buffer.concat([length, json, body]);
}

/** A safetensors file with its header changed. */
export function relabelled(file, change) {
  const end = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, end).toString());
  change(header);
  return safetensorsFile(header, file.subarray(end));
}

/** A safetensors file with some of its metadata replaced. */
export const withMetadata = (file, metadata) =>
  relabelled(file, (header) => (header.__metadata__ = { ...header.__metadata__, ...metadata }));

/** Names and shapes of a network, as timm or torchvision saves it: `timm__mobilenetv3_small_050`. */
export function stateDict(name) {
  const table = gunzipSync(shared(`state_dicts/${name}.tsv.gz`)).toString();
  const rows = table.split("\n").map((line) => line.split("\t"));
  const tensors = rows.filter(([name, shape]) => name && !name.startsWith("#") && shape !== undefined);
  return Object.fromEntries(tensors.map(([name, shape]) => [name, shape ? shape.split(",").map(Number) : []]));
}

/** The class that {@link checkpoint} answers, whatever it sees, and its probability: e^10 / (e^10 + 999). */
export const ANSWER = { index: 42, label: "agama", probability: 0.9566 };

/**
 * A checkpoint of MobileNetV3-Small 0.5 that always answers {@link ANSWER}: every weight is the same, so that only
 * the classifier's bias tells classes apart. `change` may alter its tensors first; its classes are ImageNet's, as its metadata say.
 */
export function checkpoint(change = () => {}, metadata = { labels: "imagenet_1000" }) {
  const tensors = {};
  for (const [name, shape] of Object.entries(stateDict("timm__mobilenetv3_small_050"))) {
    if (name.endsWith("num_batches_tracked")) continue;
    const isScale = /bn\d?\.weight$|running_var$/.test(name);
    const isZero = name.endsWith("bias") || name.endsWith("running_mean");
    tensors[name] = { shape, value: isScale ? 1 : isZero ? 0 : 0.0078125 };
  }
  const bias = tensors["classifier.bias"];
  bias.value = Array.from({ length: bias.shape[0] }, (_, index) => (index === ANSWER.index ? 10 : 0));
  change(tensors);
  return safetensors(tensors, metadata);
}

/** Id and network of the entry that {@link hubManifest} makes. */
export const HUB = {
  id: "mobilenetv3_small_050.test_in1k",
  model: "mobilenetv3_small_050",
  url: "https://huggingface.co/timm/mobilenetv3_small_050.test_in1k/resolve/main/model.safetensors",
};

const ENTRY = {
  id: HUB.id,
  model: HUB.model,
  dtype: "F16",
  classes: 1000,
  labels: "imagenet_1000",
  preprocess: {
    resize: { crop_pct: 0.875 },
    interpolation: "bicubic",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  input: [224, 224],
  licence: "CC0-1.0",
  origin: { description: "made by the tests", url: "https://example.org/" },
};

/** A manifest with one checkpoint of the hub; `more` adds to its entry or changes it. */
export const hubManifest = (more = {}) => ({
  version: 1,
  checkpoints: [
    { ...ENTRY, source: { hub: { repository: "timm/mobilenetv3_small_050.test_in1k", file: "model.safetensors" } }, ...more },
  ],
});

/** A manifest with one checkpoint beside it, in `file`. */
export const bundledManifest = (file, bytes) => ({
  version: 1,
  checkpoints: [{ ...ENTRY, source: { bundled: { file } }, bytes: bytes.length, sha256: sha256(bytes) }],
});

/** An archive of files, without compression. */
function archive(files) {
  const [parts, directory, offset] = [[], [], { at: 0 }];
  for (const [name, bytes] of Object.entries(files)) {
    const head = Buffer.alloc(30);
    head.write("PK\x03\x04", "latin1");
    head.writeUInt16LE(20, 4);
    head.writeUInt32LE(crc32(bytes), 14);
    head.writeUInt32LE(bytes.length, 18);
    head.writeUInt32LE(bytes.length, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.write("PK\x01\x02", "latin1");
    head.copy(entry, 6, 4, 30);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt32LE(offset.at, 42);
    parts.push(head, Buffer.from(name), bytes);
    directory.push(entry, Buffer.from(name));
    offset.at += head.length + name.length + bytes.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  for (const at of [8, 10]) end.writeUInt16LE(Object.keys(files).length, at);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset.at, 16);
  return Buffer.concat([...parts, list, end]);
}

/** A safetensors file as torch.save would write a dictionary of its tensors, in a dictionary under `key`. */
export function torchFile(file, key = "state_dict") {
  const end = 8 + Number(file.readBigUInt64LE());
  const { __metadata__, ...tensors } = JSON.parse(file.subarray(8, end).toString());
  const number = (value) => {
    const bytes = Buffer.alloc(5, "J");
    bytes.writeInt32LE(value, 1);
    return bytes;
  };
  const text = (value) => {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(5, "X");
    head.writeUInt32LE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };
  const ops = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  const tuple = (...items) => ops("(", ...items, "t");
  const [files, items] = [{}, []];
  for (const [name, { dtype, shape, data_offsets: [start, stop] }] of Object.entries(tensors)) {
    const index = `${items.length / 2}`;
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    const [type, size] = { F32: ["FloatStorage", 4], F16: ["HalfStorage", 2] }[dtype];
    const storage = ops(
      tuple(text("storage"), `ctorch\n${type}\n`, text(index), text("cpu"), number((stop - start) / size)),
      "Q",
    );
    const extents = [shape, strides].map((numbers) => tuple(...numbers.map(number)));
    const tensor = tuple(storage, number(0), ...extents, "\x89", "ccollections\nOrderedDict\n)R");
    items.push(text(name), ops("ctorch._utils\n_rebuild_tensor_v2\n", tensor, "R"));
    files[`archive/data/${index}`] = file.subarray(end + start, end + stop);
  }
  const pickle = ops("\x80\x02}", text(key), "}(", ...items, "us.");
  return archive({ "archive/data.pkl": pickle, "archive/byteorder": Buffer.from("little"), ...files });
}
