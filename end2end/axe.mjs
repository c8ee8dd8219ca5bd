// What axe finds wrong with a page.
import { readFileSync } from "node:fs";

const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

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
