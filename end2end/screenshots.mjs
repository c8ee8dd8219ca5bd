// The pictures of the documentation, for `cargo xtask screenshots`: what ships with the page, as a newcomer sees
// it. Times are those of the machine that takes them.
import { mkdirSync } from "node:fs";
import { PHONE } from "./access.mjs";
import { spec } from "./lab.mjs";

const FOLDER = new URL("../docs/screenshots/", import.meta.url).pathname;
const DESKTOP = { viewport: { width: 1280, height: 900 } };

/** Photographs what the window shows from the element of this selector on. */
async function picture(lab, name, selector = "body") {
  mkdirSync(FOLDER, { recursive: true });
  await lab.page.locator(selector).first().evaluate((element) => element.scrollIntoView());
  await lab.page.mouse.move(0, 0);
  await lab.page.screenshot({ path: `${FOLDER}${name}.png`, scale: "css" });
}

/** Opens the page as a newcomer meets it, and waits until everything is answered and timed. */
async function arrive(open, context) {
  const lab = await open({ newcomer: true, local: false, context: { locale: "en-GB", reducedMotion: "reduce", ...context } });
  await lab.page.waitForFunction(() => {
    const rows = document.querySelectorAll('[data-testid="column"]');
    const isDone = (row) => row.querySelector('[data-testid="top1"]') && /\d ms/.test(row.querySelector('[data-testid="takes"]').innerText);
    return rows.length > 0 && [...rows].every(isDone);
  });
  return lab;
}

for (const colorScheme of ["light", "dark"]) {
  spec(`desktop, ${colorScheme}`, {}, async ({ open }) => {
    const lab = await arrive(open, { ...DESKTOP, colorScheme });
    await picture(lab, `board-${colorScheme}`);
    await lab.get("open-row").nth(1).click();
    await picture(lab, `row-${colorScheme}`);
    await lab.goTo("layers");
    await picture(lab, `layers-${colorScheme}`);
    await lab.get("page-models").click();
    await lab.get("shelf").waitFor();
    await picture(lab, `models-${colorScheme}`);
  });
}

spec("phone", {}, async ({ open }) => {
  const lab = await arrive(open, { ...PHONE, colorScheme: "light" });
  await picture(lab, "board-phone");
});

spec("in Chinese", {}, async ({ open }) => {
  const lab = await arrive(open, { ...DESKTOP, colorScheme: "dark", locale: "zh-CN" });
  await picture(lab, "board-chinese");
});

spec("many photos", {}, async ({ open }) => {
  const lab = await arrive(open, { ...DESKTOP, colorScheme: "light" });
  for (const sample of ["coffee", "rocket", "astronaut", "camera", "clock", "chelsea"]) await lab.get(`sample-${sample}`).click();
  await lab.get("tag").nth(23).waitFor();
  await picture(lab, "photos", ".photo-tools");
});
