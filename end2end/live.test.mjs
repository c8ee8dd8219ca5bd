// What networks see in the camera's picture, in turns.
import assert from "node:assert/strict";
import { PHONE, isNarrow, violations } from "./access.mjs";
import { spec } from "./lab.mjs";

const show = (lab) => lab.page.locator("#live-title").evaluate((title) => (title.closest("details").open = true));
const seconds = (lab, count) => lab.page.waitForTimeout(1000 * count);

for (const [locale, context] of [["en", {}], ["zh-CN", PHONE]]) {
  spec(`the board's networks look at the camera's picture in turns (${locale})`, {}, async ({ open, step }) => {
    const lab = await open({ local: false, context: { ...context, locale, permissions: ["camera"] } });
    await show(lab);
    await lab.get("live-open").click();
    const rows = lab.get("live-row");
    await step("each says what it sees, how long it took and how often", async () => {
      const columns = await lab.page.getByTestId("column").count();
      await rows.nth(columns - 1).waitFor();
      const rate = locale === "en" ? /\d+\.\d pictures\/s/ : /每秒 \d+\.\d 帧/;
      for (let at = 0; at < columns; at += 1) {
        await rows.nth(at).filter({ hasText: rate }).waitFor();
        const text = await rows.nth(at).innerText();
        assert.match(text, /\d+\.\d %/);
        assert.match(text, /\d(\.\d+)? ms/);
        assert.doesNotMatch(text, /NaN|…/);
      }
    });
    await step("a frozen picture is looked at by all, and then nothing changes", async () => {
      await lab.get("live-freeze").click();
      await seconds(lab, 3);
      const before = await lab.get("live-rows").innerText();
      await seconds(lab, 1);
      assert.equal(await lab.get("live-rows").innerText(), before);
      await lab.get("live-freeze").click();
      await lab.page.waitForFunction((before) => document.querySelector("[data-testid=live-rows]").innerText !== before, before);
    });
    await step("everybody can use it", async () => {
      assert.deepEqual(await violations(lab, "[data-testid=live]"), []);
      if (context === PHONE) await isNarrow(lab);
    });
    await step("closed, the camera is off", async () => {
      const ended = await lab.page.evaluateHandle(() => document.querySelector("[data-testid=live] video").srcObject.getTracks()[0]);
      await lab.get("live-close").click();
      assert.equal(await ended.evaluate((track) => track.readyState), "ended");
      assert.equal(await rows.count(), 0);
    });
    assert.deepEqual(lab.complaints, []);
  });
}

spec("a camera that nobody sees the picture of is off, and another language keeps one that is open", {}, async ({ open }) => {
  const lab = await open({ local: false, context: { permissions: ["camera"] } });
  await show(lab);
  await lab.get("live-open").click();
  await lab.get("live-row").nth(3).waitFor();
  await lab.get("live-freeze").click();
  await lab.page.getByTestId("language").first().click();
  await lab.get("live-row").first().filter({ hasText: "帧" }).waitFor();
  const track = await lab.page.evaluateHandle(() => document.querySelector("[data-testid=live] video").srcObject.getTracks()[0]);
  await lab.page.locator("#live-title").evaluate((title) => (title.closest("details").open = false));
  await lab.page.waitForFunction((track) => track.readyState === "ended", track);
  assert.deepEqual(lab.complaints, []);
});

spec("a camera that is refused is said to be", {}, async ({ open }) => {
  const refuse = () => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  };
  const lab = await open({ local: false, prepare: (page) => page.addInitScript(refuse) });
  await show(lab);
  await lab.get("live-open").click();
  await lab.get("live-status").filter({ hasText: "does not let this page use the camera" }).waitFor();
  assert.ok(await lab.get("live-open").isVisible());
  assert.deepEqual(lab.complaints, []);
});
