// What makes a page one for everybody, for tests of any page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** For `open`'s `context`. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Violations that keep people from using the page, or the part of it that `selector` names, one line each. */
export async function violations(lab, selector = ":root") {
  if (!(await lab.page.evaluate(() => "axe" in globalThis))) await lab.page.evaluate(axe);
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

/** The same in light and in dark, as the visitor's system asks for them. */
export async function violationsInBoth(lab, selector) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await lab.page.emulateMedia({ colorScheme });
    // Colours on their way would be judged.
    await lab.page.evaluate(() => {
      const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
      return Promise.allSettled(transitions.map(({ finished }) => finished));
    });
    found.push(...(await violations(lab, selector)).map((violation) => `${colorScheme}: ${violation}`));
  }
  return found;
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

/** The page for someone who has a keyboard alone. */
export function keyboard(page) {
  /** The test id of what has the focus. */
  const focused = () => page.evaluate(() => document.activeElement?.dataset?.testid ?? "");

  /**
   * Presses Tab until the element with this test id has the focus, and checks that one can see so; the test fails if that
   * takes more than `most` times.
   */
  async function tabTo(testid, most = 150) {
    const passed = [];
    for (let presses = 0; presses < most; presses++) {
      await page.keyboard.press("Tab");
      const here = await focused();
      passed.push(here);
      if (here === testid) {
        const visible = await page.evaluate(() => {
          const ring = (element) => {
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
            return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
          };
          const element = document.activeElement;
          return ring(element) || ring(element.parentElement);
        });
        assert.ok(visible, `${testid} does not show that it has the focus`);
        return;
      }
    }
    assert.fail(`Tab does not lead to ${testid}, only to ${[...new Set(passed)].join(", ")}`);
  }

  return { focused, tabTo };
}
