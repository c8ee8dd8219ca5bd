// The board's charts: scatter, presets, heat map, and the files of all of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { PHONE, keyboard, violationsInBoth } from "./access.mjs";
import { spec } from "./lab.mjs";

const NOTHING = { version: 1, checkpoints: [] };

/** Network and side of each column. */
const board = (lab) =>
  lab.column().evaluateAll((columns) =>
    columns.map(({ dataset, ariaLabel }) => `${dataset.model} ${ariaLabel.split(" · ").at(-1)}`),
  );

/** The texts of a figure's table, heading first; narrow spaces between digits are dropped. */
async function table(lab, name) {
  const figure = lab.get(`figure-${name}`);
  await lab.turn(name);
  const rows = await figure.locator("tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.innerText.replaceAll("\u202f", "").trim())),
  );
  await lab.turn(name);
  return rows;
}

/** What a button of this test id hands to the downloads. */
async function download(lab, testid) {
  await lab.menu(testid.slice(0, testid.lastIndexOf("-")));
  const [download] = await Promise.all([lab.page.waitForEvent("download"), lab.get(testid).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

spec("a scatter of counts and published accuracies, with its Pareto front", {}, async ({ open, step }) => {
  const lab = await open({ manifest: NOTHING });
  const { page } = lab;
  const fragment = ["mobilenetv1_100,224x224", "mobilenetv2_100,224x224", "mobilenetv3_large_100,224x224", "mobilenetv1_100,160x96"];
  await page.evaluate((fragment) => (location.hash = fragment), `#board=1;${fragment.map((part) => `${part},random,auto`).join(";")}`);
  await lab.column("mobilenetv3_large_100").waitFor();
  assert.equal(await lab.get("scatter-x").inputValue(), "latency");
  await lab.get("scatter-x").selectOption("macs");
  await lab.get("scatter-y").selectOption("authors");
  const figure = lab.get("figure-scatter");

  await step("columns without a number are listed, with the reason", async () => {
    assert.equal(await lab.get("point").count(), 3);
    assert.deepEqual(await lab.get("missing").locator("li").allInnerTexts(), [
      "Not shown: MobileNetV1 1.0 · 160×96 (the authors published none at 160×96)",
    ]);
  });
  await step("the front is said in text and drawn", async () => {
    // V3-Large has both the fewest multiply-accumulates and the highest published accuracy.
    assert.equal(await lab.get("pareto").innerText(), "On the Pareto front: MobileNetV3-Large 1.0 · 224.");
    assert.equal(await figure.locator("line.front").count(), 0, "one point is no line");
    await lab.get("scatter-x").selectOption("params");
    assert.equal(
      await lab.get("pareto").innerText(),
      "On the Pareto front: MobileNetV2 1.0 · 224, MobileNetV3-Large 1.0 · 224.",
    );
    assert.equal(await figure.locator("line.front").count(), 2, "a step across and one up");
  });
  await step("its table has the exact numbers and their sources", async () => {
    const [headings, ...rows] = await table(lab, "scatter");
    assert.equal(headings.length, 6);
    assert.equal(rows.length, 4);
    assert.deepEqual(rows[1], [
      "MobileNetV2 1.0 · 224",
      "3504872",
      "counted",
      "71.8 %",
      "published by TF-slim, mobilenet/README.md, of weights of the authors' own",
      "yes",
    ]);
    assert.deepEqual(rows[3].slice(3), ["", "the authors published none at 160×96", ""]);
    const links = await figure.locator(".sources-list a").evaluateAll((links) => links.map(({ href }) => href));
    assert.ok(links.length === 2 && links.every((link) => link.startsWith("https://")), links.join());
  });
  await step("pointer and keyboard show the same tooltip", async () => {
    const point = lab.get("point").nth(1);
    await point.locator(".bar").hover();
    const hovered = await lab.get("tooltip").innerText();
    assert.match(hovered, /MobileNetV2 1\.0 · 224\n.*3\.50 M[^]*71\.8 %[^]*TF-slim/);
    await page.mouse.move(0, 0);
    assert.equal(await lab.get("tooltip").count(), 0);
    await lab.get("scatter-y").focus();
    const seen = [];
    for (let presses = 0; presses < 12 && seen.length < 3; presses++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.dataset.testid === "point")) {
        seen.push(await lab.get("tooltip").innerText());
      }
    }
    assert.equal(seen[1], hovered);
    assert.equal(new Set(seen).size, 3, "each point has its own");
    await page.keyboard.press("Escape");
    assert.equal(await lab.get("tooltip").count(), 0);
    const label = await point.getAttribute("aria-label");
    assert.equal(label.replaceAll(", ", "\n"), hovered.replaceAll(", ", "\n"), "screen readers hear what is shown");
  });
  await step("labels cover neither marks nor each other", async () => {
    const boxes = await figure.locator(".point .name").evaluateAll((labels) =>
      labels.map((label) => {
        const { left, right, top, bottom } = label.getBoundingClientRect();
        return { left, right, top: top + 3, bottom: bottom - 3 };
      }),
    );
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        assert.ok(apart, JSON.stringify(boxes));
      }
    }
  });
  await step("a latency joins once it is measured", async () => {
    await lab.get("scatter-y").selectOption("latency");
    await figure.locator(".placeholder").waitFor();
    assert.equal(await lab.get("missing").locator("li").count(), 4);
    assert.match(await lab.get("missing").innerText(), /MobileNetV2 1\.0 · 224 \(not measured\)/);
    await lab.measure();
    assert.equal(await lab.get("point").count(), 4);
    assert.equal(await figure.locator(".whisker line").count(), 4, "an interval each");
    await lab.get("point").first().locator(".bar").hover();
    const [ran] = (await lab.get("figure-latency").innerText()).match(/CPU · \d+ threads?/);
    assert.ok((await lab.get("tooltip").innerText()).includes(ran), ran);
  });
  assert.deepEqual(lab.complaints, []);
});

spec("accuracies of different tests are axes of their own", {}, async ({ open }) => {
  const lab = await open({ local: false });
  // The shipped networks, with what was measured when they were trained.
  assert.equal(await lab.get("scatter-y").inputValue(), "cifar10", "the first that the columns have");
  await lab.get("scatter-x").selectOption("macs");
  const count = await lab.get("point").count();
  assert.ok(count >= 2);
  const [, ...rows] = await table(lab, "scatter");
  for (const row of rows) {
    assert.match(row[3], /^\d\d\.\d %$/);
    assert.match(row[4], /95 % interval [\d.]+–[\d.]+, 10000 test images/);
  }
  for (const axis of ["authors", "weights-top1"]) {
    await lab.get("scatter-y").selectOption(axis);
    assert.equal(await lab.get("point").count(), 0, `${axis}: no ImageNet figure is of these weights at 64 pixels`);
    assert.equal(await lab.get("missing").locator("li").count(), rows.length);
  }
});

spec("presets set the board, and Back brings it back", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING });
  const before = await board(lab);
  for (const [name, expected] of [
    ["equal-macs", ["mobilenetv1_100 160", "mobilenetv2_100 224", "mobilenetv3_large_100 256", "mobilevit_xxs 224"]],
    ["widths", ["035", "050", "075", "100", "140"].map((width) => `mobilenetv2_${width} 224`)],
    ["resolutions", [96, 128, 160, 192, 224].map((side) => `mobilenetv2_100 ${side}`)],
    ["large-small", ["mobilenetv3_large_100 224", "mobilenetv3_small_100 224"]],
  ]) {
    // By keyboard alone.
    await lab.get(`preset-${name}`).focus();
    await lab.page.keyboard.press("Enter");
    await lab.column(expected[0].split(" ")[0]).first().waitFor();
    assert.deepEqual(await board(lab), expected, name);
  }
  // At about equal MACs: the labels of the bars say so.
  for (let presets = 0; presets < 3; presets++) await lab.page.goBack();
  await lab.column("mobilevit_xxs").waitFor();
  const macs = await lab.get("figure-macs").locator(".value").allTextContents();
  for (const text of macs) assert.match(text, /^(2[89]\d|30\d) M$/, macs.join());
  await lab.page.goBack();
  await lab.column(before[0].split(" ")[0]).first().waitFor();
  assert.deepEqual(await board(lab), before);
  await lab.page.goForward();
  await lab.column("mobilevit_xxs").waitFor();
  assert.equal(await lab.get("message").count(), 0);
  assert.deepEqual(lab.complaints, []);
});

spec("a heat map is counted at once, measured cell by cell, and can be stopped", {}, async ({ open, step }) => {
  const lab = await open({ manifest: NOTHING });
  const { page } = lab;
  const figure = lab.get("figure-heat-map");
  const cell = (name) => figure.getByRole("button", { name });
  const texts = () => lab.get("cell").allInnerTexts();

  await step("counts stand in a table with headings", async () => {
    assert.deepEqual(await figure.locator("thead th").allInnerTexts(), ["α \\ ρ", "96", "128", "160", "192", "224"]);
    assert.deepEqual(await figure.locator("tbody th").allInnerTexts(), ["0.35", "0.5", "0.75", "1.0", "1.3", "1.4"]);
    // Counted by timm 1.0.31: 300 774 272.
    assert.match(await cell("MobileNetV2 1.0 · 224").innerText(), /^301 M$/);
    assert.match(await cell("MobileNetV2 1.0 · 224").getAttribute("aria-label"), /random weights: timing only/);
    await lab.get("heat-shown").selectOption("params");
    assert.match(await cell("MobileNetV2 0.5 · 96").innerText(), /^1\.97 M$/);
  });
  await step("every text can be read on its colour", async () => {
    for (const theme of ["light", "dark"]) {
      await lab.get("theme").selectOption(theme);
      await lab.get("heat-shown").selectOption("macs");
      const least = await figure.evaluate((figure) => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        const luminance = (colour) => {
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const linear = [...canvas.getImageData(0, 0, 1, 1).data]
            .map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
          return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        };
        const contrasts = [...figure.querySelectorAll("td.known")].map((cell) => {
          const [a, b] = [getComputedStyle(cell).backgroundColor, getComputedStyle(cell.firstElementChild).color].map(luminance);
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        });
        return Math.min(...contrasts);
      });
      assert.ok(least >= 4.5, `${theme}: ${least.toFixed(2)}`);
    }
  });
  await step("a click puts a configuration on the board", async () => {
    const columns = await lab.column().count();
    await cell("MobileNetV2 0.5 · 128").click();
    assert.equal((await board(lab)).at(-1), "mobilenetv2_050 128");
    assert.equal(await lab.get("heat-placed").innerText(), `MobileNetV2 0.5 · 128 is column ${columns + 1} of the board.`);
    // The board is full after the sixth; then the last column gives way, and comes back.
    await cell("MobileNetV2 0.5 · 96").click();
    await cell("MobileNetV2 0.35 · 96").click();
    assert.equal(await lab.column().count(), 6);
    assert.equal((await board(lab)).at(-1), "mobilenetv2_035 96");
    await lab.message("board.full", "MobileNetV2 0.35 · 96", "MobileNetV2 0.5 · 96", "6 networks");
    await lab.dismissMessages();
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll('[data-model="mobilenetv2_035"]').length === 0);
    assert.equal((await board(lab)).at(-1), "mobilenetv2_050 96");
  });
  const measured = async () => (await texts()).filter((text) => /\d/.test(text)).length;
  await step("cells land one by one, and stay when the rest is stopped", async () => {
    await lab.hold("bench");
    await lab.get("measure-grid").click();
    await figure.getByText(/Measuring MobileNetV2 .*, cell 1 of 30/).waitFor();
    assert.equal(await lab.get("heat-shown").inputValue(), "latency");
    assert.equal(await measured(), 0, "nothing is measured yet");
    const landed = 2;
    await lab.release("bench", landed);
    await figure.getByText(/Measuring MobileNetV2 .*, cell 3 of 30/).waitFor();
    assert.equal(await measured(), landed);
    await figure.getByTestId("cancel").click();
    await lab.get("measure-grid").waitFor();
    assert.equal(await measured(), landed);
    assert.equal(await lab.get("message").count(), 0, "stopping is no news to who did it");
    const labels = await lab.get("cell").evaluateAll((cells) => cells.map((cell) => cell.ariaLabel));
    const done = labels.filter((label) => /95 % interval [\d.]+–[\d.]+ ms · n = \d+/.test(label));
    assert.equal(done.length, landed);
    assert.match(done[0], await lab.onCpu());
    const { bytes } = await download(lab, "heat-map-csv");
    const lines = bytes.toString().trim().split("\n");
    assert.equal(lines.length, 31);
    assert.equal(lines.filter((line) => /,[A-D],/.test(line)).length, landed, "with confidence and backend");
  });
  await step("a hidden tab stops it, and what had landed stays", async () => {
    const landed = await measured();
    const hide = (hidden) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      }, hidden);
    await lab.hold("bench", { running: true });
    await lab.get("measure-grid").click();
    await lab.held("bench");
    await hide(true);
    await lab.message("bench.hidden", "hidden");
    await lab.get("measure-grid").waitFor();
    assert.equal(await measured(), landed);
    await hide(false);
  });
  assert.deepEqual(lab.complaints, []);
});

spec("every chart is exported as SVG, PNG and CSV", {}, async ({ open }) => {
  const lab = await open({ local: false, context: { colorScheme: "dark" } });
  const parsed = (text) =>
    lab.page.evaluate((text) => {
      const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      const texts = [...root.querySelectorAll("text")].map((one) => one.textContent);
      return { name: root.nodeName, width: +root.getAttribute("width"), height: +root.getAttribute("height"), texts };
    }, text);
  await lab.get("scatter-x").selectOption("macs");
  for (const name of ["latency", "macs", "params", "activations", "scatter", "heat-map", "strides"]) {
    if (name === "strides") await lab.goTo("layers");
    const title = await lab.get(`figure-${name}`).locator("h3").innerText();
    const svg = await download(lab, `${name}-svg`);
    assert.equal(svg.name, `mobilenet-lab-${name}.svg`);
    const text = svg.bytes.toString();
    const { name: root, width, height, texts } = await parsed(text);
    assert.equal(root, "svg", `${name} is no SVG: ${text.slice(0, 300)}`);
    const all = texts.join(" ");
    assert.ok(all.startsWith(title), `${name}: ${all}`);
    assert.match(all, /Engine build: /, `${name}: what ran stands in it`);
    assert.match(all, /V1 |V2 |0\.35/, `${name}: ${all}`);
    // It stands alone: no style of the page, no notation that only browsers read.
    assert.doesNotMatch(text, /var\(|oklab|color\(|light-dark|class=|rgb\(/, name);
    for (const [, id] of text.matchAll(/url\(#([\w-]+)\)/g)) assert.ok(text.includes(`id="${id}"`), `${name}: ${id}`);
    assert.ok(text.includes('fill="#181f25"'), `${name}: on the dark theme's ground`);

    const png = await download(lab, `${name}-png`);
    assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
    assert.equal(png.bytes.readUInt32BE(16), Math.ceil(2 * width), name);
    assert.equal(png.bytes.readUInt32BE(20), Math.ceil(2 * height), name);
    assert.ok(coloured(png.bytes), `${name}: something is drawn in colour`);

    const csv = await download(lab, `${name}-csv`);
    const lines = csv.bytes.toString().trim().split("\n");
    assert.ok(lines.length > 2, name);
    assert.match(lines[1], /MobileNetV/, `${name}: ${lines[1]}`);
    assert.ok(!csv.bytes.toString().includes("\u202f"), `${name}: digits are not in groups`);
  }
  // A table is drawn as it stands.
  await lab.goTo("compare");
  await lab.turn("macs");
  const { texts } = await parsed((await download(lab, "macs-svg")).bytes.toString());
  assert.ok(texts.includes("conv + linear") && texts.some((text) => text.startsWith("MobileNetV1")), texts.join("|"));
  assert.deepEqual(lab.complaints, []);
});

/** Whether a PNG of 8 bits a channel has many bytes that differ: a blank picture compresses to next to nothing. */
function coloured(png) {
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.subarray(at + 4, at + 8).toString("latin1") === "IDAT") parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const counts = new Map();
  for (const byte of inflateSync(Buffer.concat(parts))) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  return counts.size > 50;
}

for (const [device, context] of [["desktop", {}], ["phone", PHONE]]) {
  spec(`the charts are fine for everybody, ${device}`, {}, async ({ open }) => {
    const lab = await open({ local: false, context });
    await lab.get("scatter-x").selectOption("macs");
    await lab.get("point").first().focus();
    await lab.get("tooltip").waitFor();
    assert.deepEqual(await violationsInBoth(lab, "#compare"), []);
    assert.deepEqual(await violationsInBoth(lab, ".presets"), []);
    const { inner, content } = await lab.page.evaluate(() => ({
      inner: document.documentElement.clientWidth,
      content: document.documentElement.scrollWidth,
    }));
    assert.ok(content <= inner, `${content} of ${inner} px`);
    const inside = await lab.get("tooltip").evaluate((tooltip) => {
      const { left, right } = tooltip.getBoundingClientRect();
      return left >= 0 && right <= innerWidth;
    });
    assert.ok(inside, "the tooltip is in the window");
  });
}

spec("the heat map by keyboard alone", {}, async ({ open }) => {
  const lab = await open({ manifest: NOTHING, context: PHONE });
  const { page } = lab;
  const { focused, tabTo } = keyboard(page);
  await lab.get("scatter-y").focus();
  await tabTo("heat-network");
  await page.keyboard.press("ArrowDown");
  await lab.hold("bench");
  await tabTo("measure-grid");
  await page.keyboard.press("Enter");
  await lab.get("figure-heat-map").getByTestId("cancel").waitFor();
  // Its cancel button stands in its place, one step back.
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "cancel");
  await page.keyboard.press("Enter");
  await lab.get("measure-grid").waitFor();
  await lab.get("heat-shown").focus();
  await tabTo("cell");
  const detail = await lab.get("heat-detail").innerText();
  assert.match(detail, / · \d+: /);
  await page.keyboard.press("Enter");
  assert.match(await lab.get("heat-placed").innerText(), /is column 5 of the board/);
});
