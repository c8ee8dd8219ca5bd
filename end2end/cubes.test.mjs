// Hyperspectral images: a cube becomes a picture, its pixels classes, and those scores.
import assert from "node:assert/strict";
import { PHONE, isNarrow, violationsInBoth } from "./access.mjs";
import { safetensors } from "./fixtures.mjs";
import { spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };
const [HEIGHT, WIDTH, BANDS, COMPONENTS] = [21, 26, 40, 5];

/** A `.npy` file; `descr` is NumPy's, `numbers` a typed array of this machine's byte order. */
function npy(descr, shape, numbers) {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\0", "latin1"), length, Buffer.from(padded), Buffer.from(numbers.buffer)]);
}

/** Class 1 to the left, which is bright in the high bands, class 2 to the right. */
const classOf = (column) => (column < WIDTH / 2 ? 1 : 2);

/** A cube of two classes, and as much noise as more components need. */
function cube(height = HEIGHT, value = (row, column, band, noise) => (classOf(column) === 1 ? 20 * band : 0) + noise) {
  let state = 1;
  const noise = () => (state = (state * 48271) % 0x7fffffff) % 64;
  const numbers = new Uint16Array(height * WIDTH * BANDS);
  for (let at = 0; at < numbers.length; at++) {
    const pixel = Math.floor(at / BANDS);
    numbers[at] = 3000 + value(Math.floor(pixel / WIDTH), pixel % WIDTH, at % BANDS, noise());
  }
  return npy("<u2", [height, WIDTH, BANDS], numbers);
}

/** The classes, known in rows 3 to 9 only, and wrong in row 9. */
function truth(height = HEIGHT) {
  const classes = new BigInt64Array(height * WIDTH);
  for (let row = 3; row <= 9; row++) {
    for (let column = 0; column < WIDTH; column++) {
      classes[row * WIDTH + column] = BigInt(row === 9 ? 3 - classOf(column) : classOf(column));
    }
  }
  return npy("<i8", [height, WIDTH], classes);
}

/** A network of 1×1 windows: the first component, and its negative, cut off at 0. */
async function network(lab) {
  const file = await lab.call("network", "mobilenetv1_025");
  const [stem, pool, classifier] = [file.network.rows[0], ...file.network.rows.slice(-2)];
  Object.assign(stem.block.unit, { kernel: 1, stride: 1, out: { fixed: 2 } });
  const rows = [stem, pool, classifier];
  return { ...file, network: { ...file.network, title: "Sign", channels: COMPONENTS, widths: [1], resolutions: [1], rows } };
}

const ONES = { shape: [2], value: 1 };
const ZEROS = { shape: [2], value: 0 };
/** Where the first component is positive, the first of three classes. */
const WEIGHTS = safetensors({
  "conv_stem.weight": { shape: [2, COMPONENTS, 1, 1], value: [1, 0, 0, 0, 0, -1, 0, 0, 0, 0] },
  "bn1.weight": ONES,
  "bn1.bias": ZEROS,
  "bn1.running_mean": ZEROS,
  "bn1.running_var": ONES,
  "classifier.weight": { shape: [3, 2], value: [1, 0, 0, 1, -1, -1] },
  "classifier.bias": { shape: [3], value: 0 },
});

/** The colours of a canvas' pixels, as texts. */
const colours = (lab, testid) =>
  lab.get(testid).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, at) => Array.from(data.slice(4 * at, 4 * at + 4)).join());
  });

/** A page with the network and its weights. */
async function opened(open, how = {}) {
  const lab = await open({ manifest: NOTHING, ...how });
  await lab.call("add", await network(lab));
  return lab;
}

spec("a cube's pixels get classes, and classes that are known scores", {}, async ({ open }) => {
  const lab = await opened(open);
  await lab.goTo("models");
  await lab.get("to-cubes").click();
  await lab.get("no-cube").waitFor();
  // Whatever comes first.
  await lab.drop(["gt.npy", truth()], ["scene.npy", cube()]);
  await lab.get("cube-picture").waitFor();
  assert.match(await lab.get("cube-facts").innerText(), /^21 × 26 pixels, 40 bands, u16$/);
  const picture = await colours(lab, "cube-picture");
  assert.equal(picture.length, HEIGHT * WIDTH);
  assert.ok(new Set(picture).size > 100, "it is no plain colour");
  assert.match(await lab.get("cube-nothing").innerText(), /Drop weights .* trained for Sign/);

  await lab.drop(["sign.safetensors", WEIGHTS]);
  await lab.get("classify-cube").waitFor();
  assert.ok(await lab.get("cubes").isVisible(), "weights for a cube do not lead away from it");
  assert.match(await lab.get("cube-cost").innerText(), /reads a window of 1×1 pixels and 5 components.* 546 pixels/);
  await lab.get("classify-cube").click();
  await lab.page.getByTestId("cube-ran").filter({ hasText: /^sign.*546 of 546 pixels/ }).waitFor();
  await lab.get("classify-cube").waitFor();
  assert.ok(await lab.get("classify-cube").isDisabled(), "there is nothing left to classify");
  const map = await colours(lab, "cube-map");
  const [left, right] = [map[0], map[WIDTH - 1]];
  assert.notEqual(left, right);
  map.forEach((colour, at) => assert.equal(colour, classOf(at % WIDTH) === 1 ? left : right, `pixel ${at}`));
  const known = await colours(lab, "cube-truth");
  assert.deepEqual([known[0], known[3 * WIDTH], known[9 * WIDTH]], ["0,0,0,0", left, right]);
  // Seven rows, of which one is wrong: 6/7 right, and (6/7 - 1/2) / (1/2) above chance.
  assert.equal(await lab.get("cube-overall").innerText(), "85.71 %");
  assert.equal(await lab.get("cube-average").innerText(), "85.71 %");
  assert.equal(await lab.get("cube-kappa").innerText(), "0.7143");
  assert.match(await lab.get("cube-scores").innerText(), /On 182 pixels/);
  const legend = await lab.get("cube-legend").locator("tbody tr").allInnerTexts();
  assert.deepEqual(legend.map((row) => row.split(/\s*\t\s*/).map((cell) => cell.trim())), [
    ["class 1", "273", "91", "78", "85.7 %"],
    ["class 2", "273", "91", "78", "85.7 %"],
  ]);
  // The share of the variance is that of all 40 bands.
  assert.match(await lab.get("cube-cost").innerText(), /The 5 components have 9\d\.\d\d % of the variance/);
  assert.equal(await lab.get("message").count(), 0);

  // Another cube is another matter.
  await lab.drop(["scene2.npy", cube(15)]);
  await lab.page.getByTestId("cube-facts").filter({ hasText: "15 × 26" }).waitFor();
  assert.equal(await lab.get("cube-map").count(), 0);
  assert.equal(await lab.get("cube-truth").count(), 0);
  await lab.get("close-cube").click();
  await lab.get("no-cube").waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("classifying can be stopped and goes on", {}, async ({ open }) => {
  const lab = await opened(open);
  await lab.drop(["scene.npy", cube()], ["gt.npy", truth()], ["sign.safetensors", WEIGHTS]);
  await lab.get("cube-scope").selectOption("known");
  await lab.hold("classify_pixels");
  await lab.get("classify-cube").click();
  await lab.held("classify_pixels");
  await lab.get("cubes").getByTestId("cancel").click();
  await lab.get("classify-cube").waitFor();
  assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
  await lab.release("classify_pixels");
  await lab.get("classify-cube").click();
  await lab.page.getByTestId("cube-ran").filter({ hasText: "182 of 546" }).waitFor();
  assert.equal((await colours(lab, "cube-map")).filter((colour) => colour !== "0,0,0,0").length, 182);
  await lab.get("cube-scope").selectOption("all");
  assert.equal(await lab.get("classify-cube").innerText(), "Go on");
  await lab.get("classify-cube").click();
  await lab.page.getByTestId("cube-ran").filter({ hasText: "546 of 546" }).waitFor();
  assert.deepEqual(lab.complaints, []);
});

spec("what is no cube is refused with its reason, in both languages", {}, async ({ open }) => {
  const lab = await opened(open);
  const hdf5 = Buffer.concat([Buffer.from("MATLAB 7.3 MAT-file".padEnd(124)), Buffer.from([0, 2]), Buffer.from("IM")]);
  const line = npy("<f8", [9], new Float64Array(9));
  for (const [name, bytes, code, part] of [
    ["new.mat", hdf5, "cube.hdf5", "-v7"],
    ["complex.npy", npy("<c16", [2, 2, 2], new Float64Array(16)), "cube.numbers", "<c16"],
    ["line.npy", line, "cube.no_array", "three dimensions"],
    ["cut.npy", cube().subarray(0, 5000), "cube.truncated", "5000 of"],
    ["alone.npy", truth(), "cube.truth_alone", "21 × 26"],
  ]) {
    await lab.drop([name, bytes]);
    await lab.message(code, part);
    await lab.dismissMessages();
  }
  await lab.drop(["scene.npy", cube(15)]);
  await lab.message("cube.truth_size", "15 × 26");
  await lab.dismissMessages();
  // Without five components that vary.
  await lab.drop(["flat.npy", cube(9, () => 0)], ["sign.safetensors", WEIGHTS]);
  await lab.get("classify-cube").click();
  await lab.message("cube.rank", "Only 0 components");
  await lab.dismissMessages();
  await lab.get("language").click();
  await lab.drop(["new.mat", hdf5]);
  await lab.message("cube.hdf5", "此处不读取");
  assert.deepEqual(lab.complaints, []);
});

spec("hyperspectral images are for everybody", {}, async ({ open }) => {
  for (const context of [{}, PHONE]) {
    const lab = await opened(open, { context });
    await lab.drop(["scene.npy", cube()], ["gt.npy", truth()], ["sign.safetensors", WEIGHTS]);
    await lab.get("classify-cube").click();
    await lab.page.getByTestId("cube-ran").filter({ hasText: "546 of 546" }).waitFor();
    assert.deepEqual(await violationsInBoth(lab), []);
    await lab.get("language").click();
    await lab.page.getByTestId("cube-ran").filter({ hasText: "546 / 546 像素" }).waitFor();
    const text = await lab.get("cubes").innerText();
    assert.doesNotMatch(text, /\p{Script=Han}[(),;:?!]|[(),;:?!]\p{Script=Han}/u);
    if (context.isMobile) await isNarrow(lab);
    assert.deepEqual(lab.complaints, []);
  }
});
