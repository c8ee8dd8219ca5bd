// Pictures of the page for people to look at, in screenshots/: empty and in use, light and dark, large and small.
import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { spec } from "./lab.mjs";

const FOLDER = new URL("./screenshots/", import.meta.url).pathname;
const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

async function picture(lab, name) {
  mkdirSync(FOLDER, { recursive: true });
  // What sticks to the window would be in the middle otherwise.
  await lab.page.evaluate(() => scrollTo(0, 0));
  await lab.page.screenshot({ path: `${FOLDER}${name}.png`, fullPage: true });
  assert.ok(statSync(`${FOLDER}${name}.png`).size > 10_000, `${name} is empty`);
}

spec("pictures of the page", {}, async ({ open }) => {
  const lab = await open({ local: false, context: { ...DESKTOP, colorScheme: "light" } });
  await picture(lab, "desktop-light-empty");
  await lab.get("sample-chelsea").click();
  await lab.get("top1").first().waitFor();
  await lab.hold("bench", { running: true });
  await lab.get("measure").click();
  await lab.page.locator(".board-actions progress[value]").waitFor();
  await picture(lab, "desktop-light-measuring");
  await lab.release("bench");
  await lab.get("measure").waitFor();
  for (const theme of ["light", "dark"]) {
    await lab.get("theme").selectOption(theme);
    await lab.page.setViewportSize(DESKTOP.viewport);
    await picture(lab, `desktop-${theme}`);
    await lab.page.setViewportSize(PHONE.viewport);
    await picture(lab, `phone-${theme}`);
  }
  await lab.get("language").click();
  await lab.page.setViewportSize(DESKTOP.viewport);
  await picture(lab, "desktop-dark-chinese");
});

spec("a picture of the page on a phone", {}, async ({ open }) => {
  const lab = await open({ local: false, context: { ...PHONE, colorScheme: "dark" } });
  await picture(lab, "phone-dark-empty");
});
