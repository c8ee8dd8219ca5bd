// The network that knows the most things: its answers for the samples come with the page, it itself when asked.
import assert from "node:assert/strict";
import { url } from "./browser.mjs";
import { spec } from "./lab.mjs";

const ID = "tf_efficientnet_lite0.pytorch_model_in1k";
const { checkpoints } = await (await fetch(new URL("static/weights/manifest.json", url))).json();
const skip = checkpoints.some(({ id }) => id === ID) ? false : "SKIPPED: the site was built without pip, so without EfficientNet-Lite0";

for (const [locale, coffee] of [["en", "espresso"], ["zh-CN", "浓缩咖啡"]]) {
  spec(`a network that knows a thousand things answers first, and runs when asked (${locale})`, { skip }, async ({ open, step }) => {
    const lab = await open({ local: false, context: { locale } });
    const line = lab.get("broad-answer");
    await step("of the sample cat, by the answers of the build", async () => {
      await line.filter({ hasText: /39\.\d %/ }).waitFor();
      assert.match(await line.innerText(), /1000/);
      assert.match(await line.innerText(), locale === "en" ? /cat/ : /猫/);
    });
    await step("of the coffee", async () => {
      await lab.get("sample-coffee").click();
      await line.filter({ hasText: coffee }).waitFor();
    });
    await step("on this device, when asked", async () => {
      const before = await lab.page.getByTestId("column").count();
      await lab.get("broad-run").click();
      const column = lab.page.locator(`[data-testid="column"][data-checkpoint="${ID}"]`);
      await column.getByTestId("top1").filter({ hasText: coffee }).waitFor();
      assert.equal(await lab.page.getByTestId("column").count(), before + 1);
      await line.waitFor({ state: "detached" });
      assert.match(await column.innerText(), /95\.\d/);
    });
    assert.deepEqual(lab.complaints, []);
  });
}
