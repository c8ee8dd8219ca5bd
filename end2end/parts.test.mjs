// Parts of the page's program that are loaded when they are first needed.
import assert from "node:assert/strict";
import { spec } from "./lab.mjs";

const PARTS = "**/parts/*.wasm";
/** What shows that a page is there, by the page's name. */
const PAGES = { models: "shelf", layers: "layers", cubes: "cubes" };

/** A page on which nothing is open that the first screen does not have. */
const closed = (page) => page.addInitScript(() => localStorage.setItem("mobilenet-lab.details", "false"));
const loaded = (lab) => lab.requests.filter((address) => address.includes("/parts/"));

/** Goes to a page by its address, which all have. */
const goTo = (lab, name) => lab.page.evaluate((name) => (location.hash = name), name);

spec("a part is loaded once, when it is first shown", {}, async ({ open }) => {
  const lab = await open({ prepare: closed });
  assert.deepEqual(loaded(lab), []);
  for (const [name, testid] of Object.entries(PAGES)) {
    await goTo(lab, name);
    await lab.get(testid).waitFor();
  }
  const shown = loaded(lab);
  assert.ok(shown.some((address) => /\/parts\/views-[0-9a-f]{16}\.wasm$/.test(address)), shown.join("\n"));
  assert.equal(new Set(shown).size, shown.length, "no file is loaded twice");
  for (const [name, testid] of Object.entries(PAGES)) {
    await goTo(lab, name);
    await lab.get(testid).waitFor();
  }
  assert.deepEqual(loaded(lab), shown);
  assert.deepEqual(lab.complaints, []);
});

spec("scripts load what answers them", {}, async ({ open }) => {
  const lab = await open({ prepare: closed });
  assert.deepEqual(loaded(lab), []);
  const [first] = await lab.call("models");
  assert.ok(first.params > 0);
  assert.ok(loaded(lab).length > 0);
  const before = loaded(lab);
  await Promise.all([lab.call("models"), lab.call("environment")]);
  assert.deepEqual(loaded(lab), before);
});

spec("a part that cannot be had says so, and can be asked for again", {}, async ({ open, step }) => {
  const lab = await open({ prepare: closed });
  await lab.page.route(PARTS, (route) => route.abort());
  for (const [name, testid] of Object.entries(PAGES)) {
    await step(`the page ${name}`, async () => {
      await goTo(lab, name);
      const notice = lab.page.locator(`#${name}`).getByTestId("not-loaded");
      await notice.waitFor();
      assert.equal(await notice.getAttribute("role"), "alert");
      assert.match(await notice.innerText(), /could not be loaded/);
      assert.equal(await lab.get(testid).count(), 0);
    });
  }
  await step("scripts hear of it", async () => {
    assert.equal(await lab.rejection("models"), "page.incomplete");
  });
  await step("so do files", async () => {
    await lab.drop(["results.json", Buffer.from("{}")]);
    await lab.page.getByText("could not be loaded").first().waitFor();
  });
  await step("another answer than the file counts as none", async () => {
    await lab.page.unroute(PARTS);
    await lab.page.route(PARTS, (route) => route.fulfill({ status: 404, body: "" }));
    await goTo(lab, "models");
    const notice = lab.page.locator("#models").getByTestId("not-loaded");
    const answered = lab.page.waitForResponse(PARTS);
    await notice.getByRole("button").click();
    assert.equal((await answered).status(), 404);
    await notice.waitFor();
  });
  await step("the button asks again", async () => {
    await lab.page.unroute(PARTS);
    await lab.page.locator("#models").getByTestId("not-loaded").getByRole("button").click();
    await lab.get(PAGES.models).waitFor();
    assert.ok((await lab.call("models")).length > 0);
  });
});
