// What makes a page one for everybody, for tests of any page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** For `open`'s `context`. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Violations that keep people from using the page, or the part of it that `selector` names, one line each. */
export async function violations(lab, selector = ":root") {
  await lab.page.evaluate(axe);
  const { violations } = await lab.page.evaluate(
    (selector) => axe.run(selector, { resultTypes: ["violations"] }),
    selector,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id} (${help}): ${node.target.join(" ")}: ${node.any[0]?.message ?? node.html}`),
    );
}

/** Checks that a page on {@link PHONE} needs no scrolling sideways and that fingers can use it. */
export async function isNarrow(lab) {
  const { inner, content, wide } = await lab.page.evaluate(() => ({
    inner: document.documentElement.clientWidth,
    content: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 5)
      .map((element) => `${element.tagName}.${element.className}`),
  }));
  assert.equal(inner, PHONE.viewport.width);
  assert.ok(content <= inner, `${content} px wide: ${wide.join(", ")}`);
  const small = await lab.page.evaluate(() =>
    [...document.querySelectorAll("button, select, label.button, nav a")]
      .map((element) => ({ box: element.getBoundingClientRect(), text: element.innerText || element.ariaLabel }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ box, text }) => `${text}: ${box.width.toFixed(0)} × ${box.height.toFixed(0)}`),
  );
  assert.deepEqual(small, [], "smaller than 24 px (WCAG 2.2, 2.5.8)");
}
