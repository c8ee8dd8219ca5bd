// The pictures of the documentation, for `cargo xtask screenshots`: what ships with the page, nothing measured, so that they
// change only with the page.
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

/** Opens the page with the sample photo that the shipped networks know. */
async function openWithCat(open, context) {
  const lab = await open({ local: false, context: { locale: "en-GB", reducedMotion: "reduce", ...context } });
  await lab.get("sample-chelsea").click();
  const columns = await lab.column().count();
  await lab.get("top1").nth(columns - 1).waitFor();
  return lab;
}

for (const colorScheme of ["light", "dark"]) {
  spec(`desktop, ${colorScheme}`, {}, async ({ open }) => {
    const lab = await openWithCat(open, { ...DESKTOP, colorScheme });
    await picture(lab, `board-${colorScheme}`);
    await picture(lab, `layers-${colorScheme}`, "#layers-title");
    await lab.get("page-models").click();
    await lab.get("shelf").waitFor();
    await picture(lab, `models-${colorScheme}`);
  });
}

spec("phone", {}, async ({ open }) => {
  const lab = await openWithCat(open, { ...PHONE, colorScheme: "light" });
  await picture(lab, "board-phone", "#board-title");
});
