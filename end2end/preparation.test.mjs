// How a checkpoint's input is prepared and what its classes are: said by somebody or visibly assumed, and the visitor's to change.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { HUB, bundledManifest, checkpoint, png, relabelled, withMetadata } from "./fixtures.mjs";
import { dropped, spec } from "./lab.mjs";

const NOTHING = { manifest: { version: 1, checkpoints: [] } };
const FILE = "mobilenetv2_100.cifar10.safetensors";
const shipped = readFileSync(new URL(`../static/weights/${FILE}`, import.meta.url));
const photo = readFileSync(new URL("../static/samples/chelsea.png", import.meta.url));
const MODEL = "mobilenetv2_100";
/** The shipped network without a word about it. */
const silent = relabelled(shipped, (header) => (header.__metadata__ = { format: "pt" }));

const json = (value) => Buffer.from(JSON.stringify(value));
/** What the page has on a file's checkpoint. */
const info = async (lab, id, model = MODEL) =>
  (await lab.call("models")).find((one) => one.id === model).checkpoints.find((one) => one.id === id);
const preparation = (lab, model = MODEL) => lab.column(model).first().getByTestId("preparation");
/** Waits until the column says this of its preparation. */
const says = (lab, text, model = MODEL) => preparation(lab, model).locator("p").first().filter({ hasText: text }).waitFor();
const change = async (lab) => {
  await preparation(lab).locator("summary").click();
  return preparation(lab);
};
const answer = async (lab) => (await lab.column(MODEL).first().getByTestId("prediction").allInnerTexts()).join(" | ");

spec("what nobody says is assumed, visibly, and can be changed", {}, async ({ open, step }) => {
  const lab = await open(NOTHING);
  await lab.drop(["chelsea.png", photo], ["silent.safetensors", silent]);
  await lab.column(MODEL).getByTestId("top1").waitFor();
  await says(lab, "assumed, nobody says: size, resize, filter, mean, std, class names");
  await says(lab, "mean 0.485, 0.456, 0.406");
  const before = await answer(lab);
  const form = await change(lab);

  await step("a usual way takes effect at once", async () => {
    await form.getByTestId("normalisation").selectOption("0.5 / 0.5");
    await says(lab, "mean 0.5, 0.5, 0.5");
    await says(lab, "your choice: mean, std");
    await lab.page.waitForFunction(
      ([before]) => {
        const rows = [...document.querySelectorAll('[data-model="mobilenetv2_100"] [data-testid="prediction"]')];
        return rows.length > 0 && rows.map((row) => row.innerText).join(" | ") !== before;
      },
      [before],
    );
    const { top } = await lab.classify(photo, { model: MODEL, weights: dropped(silent, "silent.safetensors"), top: 1 });
    const shown = await lab.column(MODEL).getByTestId("prediction").first().innerText();
    assert.match(shown, new RegExp((100 * top[0].probability).toFixed(1)));
  });
  await step("typed numbers take effect, and bad ones are refused with a word", async () => {
    const mean = form.getByTestId("mean");
    for (const bad of ["half", "0.5, 0.5", "1, 2, 3", "", "0.5,0.5,NaN"]) {
      await mean.fill(bad);
      await mean.press("Tab");
      if (bad === "") continue; // nothing said is nothing changed
      const refused = form.getByTestId("preparation-refused").filter({ hasText: bad });
      await refused.waitFor();
      assert.match(await refused.innerText(), /mean/);
    }
    await says(lab, "mean 0.5, 0.5, 0.5");
    await mean.fill("(0.4, 0.4, 0.4)");
    await mean.press("Tab");
    await says(lab, "mean 0.4, 0.4, 0.4");
    await form.getByTestId("preparation-refused").waitFor({ state: "detached" });
    await form.getByTestId("interpolation").selectOption("bilinear");
    await form.getByTestId("resize").selectOption("crop_mode=squash");
    await says(lab, "crop_mode squash, bilinear");
  });
  await step("class names can be chosen", async () => {
    await lab.column(MODEL).getByTestId("top1").filter({ hasText: "class" }).waitFor();
    await form.getByTestId("labels").selectOption("cifar10");
    await lab.column(MODEL).getByTestId("top1").filter({ hasText: /^[a-z]+$/ }).waitFor();
    await says(lab, "your choice: resize, filter, mean, std, class names");
  });
  await step("and all of it taken back", async () => {
    await form.getByTestId("as-declared").click();
    await says(lab, "assumed, nobody says: size, resize, filter, mean, std, class names");
    await lab.column(MODEL).getByTestId("top1").filter({ hasText: "class" }).waitFor();
    assert.equal(await answer(lab), before);
  });
  assert.deepEqual(lab.complaints, []);
});

spec("a file's metadata are read as Python writes them, and what cannot be read is named", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  const metadata = { mean: "[0.5, 0.5, 0.5]", std: "(0.5, 0.5, 0.5)", input_size: "(3, 64, 64)", interpolation: "lanczos", labels: "cifar10" };
  const lists = withMetadata(silent, metadata);
  await lab.drop(["chelsea.png", photo], ["lists.safetensors", lists]);
  await says(lab, "from the file's metadata: size, mean, std, class names");
  await says(lab, "Input 64×64");
  await lab.column(MODEL).getByText('interpolation = "lanczos"').waitFor();
  assert.equal(await lab.top1(lab.column(MODEL)), "cat");
});

spec("metadata of other weights are not believed, and that is said", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  const others = withMetadata(silent, { architecture: "mobilenetv3_small_100", mean: "0,0,0", labels: "cifar10" });
  await lab.drop(["others.safetensors", others]);
  await lab.column(MODEL).getByText("of other weights").waitFor();
  await says(lab, "mean 0.485");
  // An accuracy that nothing ties to the weights is not shown.
  const edited = relabelled(shipped, (header) => {
    const [weight, bias] = ["classifier.weight", "classifier.bias"].map((name) => header[name]);
    header["classifier.weight"] = weight;
    header.__metadata__ = { ...header.__metadata__, source: "elsewhere" };
    header["classifier.bias"] = bias;
  });
  await lab.drop(["edited.safetensors", edited]);
  const column = lab.page.locator(`[data-checkpoint="${dropped(edited, "edited.safetensors")}"]`);
  await column.getByText("nothing ties it to these weights").waitFor();
  assert.equal(await column.getByTestId("accuracy").count(), 0);
});

spec("a config.json beside the weights says what they do not", {}, async ({ open, step }) => {
  const lab = await open(NOTHING);
  const config = {
    architecture: MODEL,
    num_classes: 10,
    label_names: [..."abcdefghij"].map((letter) => `thing ${letter}`),
    pretrained_cfg: { input_size: [3, 64, 64], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], interpolation: "bilinear", crop_pct: 1.0, num_classes: 1000 },
  };
  await step("dropped together", async () => {
    await lab.drop(["chelsea.png", photo], ["model.safetensors", silent], ["config.json", json(config)]);
    await lab.column(MODEL).getByTestId("top1").filter({ hasText: "thing" }).waitFor();
    await says(lab, "from the file beside it: size, resize, filter, mean, std, class names");
    assert.match(await lab.column(MODEL).innerText(), /class names of its own \(10 classes\)/);
    const { resolution, preprocess, origins } = await info(lab, dropped(silent, "model.safetensors"));
    assert.deepEqual([resolution, preprocess.mean, origins.mean], [[64, 64], [0.5, 0.5, 0.5], "config"]);
  });
  await step("or after them, as transformers writes it", async () => {
    const processor = { image_mean: [0, 0, 0], image_std: [1, 1, 1], resample: 3, size: { shortest_edge: 80 }, crop_size: { height: 72, width: 72 } };
    await lab.drop(["preprocessor_config.json", json(processor)]);
    await says(lab, "Input 72×72: resize_size 80, bicubic, mean 0, 0, 0, std 1, 1, 1");
    await lab.column(MODEL).getByTestId("top1").filter({ hasText: "thing" }).waitFor();
  });
  await step("one of other weights is not believed", async () => {
    await lab.drop(["config.json", json({ ...config, num_classes: 37 })]);
    await lab.message("weights.metadata.of_others", "config.json", "37");
    await says(lab, "Input 72×72");
  });
  await step("one without weights asks for them", async () => {
    const alone = await open(NOTHING);
    await alone.drop(["config.json", json(config)]);
    await alone.message("config.alone", "config.json");
    assert.deepEqual(alone.complaints, []);
  });
  assert.deepEqual(lab.complaints, []);
});

for (const locale of ["en", "zh-CN"]) {
  spec(`names of classes come as a list, are typed, and are kept (${locale})`, {}, async ({ open, step }) => {
    const lab = await open({ ...NOTHING, context: { locale } });
    const things = [..."abcdefghij"].map((letter) => `thing ${letter}`);
    const top1 = () => lab.column(MODEL).getByTestId("top1");
    const list = (names) => Buffer.from(names.join("\n"));
    await step("a list after the weights", async () => {
      await lab.drop(["chelsea.png", photo], ["model.safetensors", silent]);
      await top1().waitFor();
      await lab.drop(["labels.txt", list(things)]);
      await top1().filter({ hasText: "thing" }).waitFor();
    });
    await step("a list of other classes changes nothing, and says how many it has", async () => {
      await lab.drop(["five.txt", list(things.slice(0, 5))]);
      await lab.message("names.count", "five.txt", "5");
      await top1().filter({ hasText: "thing" }).waitFor();
    });
    await step("a table in another order", async () => {
      const table = ["id,name", ...things.map((thing, at) => `${at},"my ${thing}, mostly"`).reverse()];
      await lab.drop(["table.csv", list(table)]);
      await top1().filter({ hasText: /^my thing [a-j], mostly$/ }).waitFor();
    });
    await step("typed ones, and those of the file again", async () => {
      const form = await change(lab);
      await form.getByTestId("own-names").fill("one\ntwo");
      await form.getByTestId("own-names").press("Tab");
      await form.getByTestId("preparation-refused").filter({ hasText: "10" }).waitFor();
      await form.getByTestId("own-names").fill(things.map((_, at) => `typed ${at}`).join("\n"));
      await form.getByTestId("own-names").press("Tab");
      await top1().filter({ hasText: "typed" }).waitFor();
      await form.getByTestId("labels").selectOption("cifar10");
      await top1().filter({ hasNotText: "typed" }).waitFor();
      await form.getByTestId("as-declared").click();
      await top1().filter({ hasText: "my thing" }).waitFor();
      await form.getByTestId("own-names").fill(things.map((_, at) => `last ${at}`).join("\n"));
      await form.getByTestId("own-names").press("Tab");
      await top1().filter({ hasText: "last" }).waitFor();
    });
    await step("the same weights have them again, under another name and in another visit", async () => {
      await lab.page.reload();
      await lab.drop(["chelsea.png", photo], ["renamed.safetensors", silent]);
      await top1().filter({ hasText: "last" }).waitFor();
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("what is known of a file holds under any name", {}, async ({ open }) => {
  const lab = await open({ local: false });
  await lab.drop(["chelsea.png", photo], ["some other name.safetensors", shipped]);
  const column = lab.page.locator('[data-testid="column"][data-checkpoint="mobilenetv2_100.cifar10"]');
  await column.getByText("some other name.safetensors is the file of mobilenetv2_100.cifar10").waitFor();
  await column.getByTestId("preparation").getByText("from the list of weights: size, resize").waitFor();
  assert.equal(await lab.top1(column), "cat");
  await column.getByTestId("accuracy").waitFor();
});

spec("a thousand classes are ImageNet's only where somebody says so", {}, async ({ open }) => {
  const lab = await open(NOTHING);
  const plain = checkpoint(() => {}, { format: "pt" });
  await lab.drop(["stripes.png", png(64, 48)], ["plain.safetensors", plain]);
  const column = lab.column(HUB.model);
  await column.getByTestId("top1").filter({ hasText: "class 42" }).waitFor();
  await preparation(lab, HUB.model).locator("summary").click();
  await preparation(lab, HUB.model).getByTestId("labels").selectOption("imagenet_1000");
  await column.getByTestId("top1").filter({ hasText: "agama" }).waitFor();
});

spec("the preparation of listed weights is the list's, in Chinese too", {}, async ({ open }) => {
  const good = checkpoint();
  const lab = await open({ manifest: bundledManifest("good.safetensors", good), context: { locale: "zh-CN" } });
  await says(lab, "来自权重清单", HUB.model);
  await lab.goTo("models");
  await lab.get("checkpoint").first().getByTestId("open").click();
  await lab.get("shelf").getByText("来自权重清单").first().waitFor();
});
