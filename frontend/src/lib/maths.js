// Formulas: `.math` holds TeX, put there by the server's Markdown. KaTeX is fetched only where there is one.
import { settings } from "./page.js";

let loading = null;

export async function renderMaths(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-done])")];
  if (!formulas.length) return;
  const katex = await (loading ??= load());
  for (const formula of formulas) render(katex, formula);
}

function load() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = settings.katexCss;
  const script = document.createElement("script");
  script.src = settings.katexJs;
  const ready = Promise.all([style, script].map(loaded)).then(() => window.katex);
  document.head.append(style, script);
  return ready;
}

const loaded = (element) =>
  new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
  });

// KaTeX sets styles through CSSOM, which a strict content policy allows; its own error message would be an
// inline style, so a formula that it cannot read stays as TeX.
function render(katex, formula) {
  const tex = formula.textContent;
  const block = formula.classList.contains("block");
  formula.dataset.done = "";
  try {
    katex.render(tex, formula, { displayMode: block, throwOnError: true, trust: false, maxExpand: 500, maxSize: 50 });
  } catch {
    formula.textContent = tex;
    return;
  }
  if (block) reachable(formula);
}

// A formula wider than its column scrolls, and then the keyboard must reach it. A group and no region: a page with
// many formulas would have as many landmarks of one name.
function reachable(formula) {
  const names = { tabindex: "0", role: "group", "aria-label": "Formula" };
  const check = () => {
    const scrolls = formula.scrollWidth > formula.clientWidth + 1;
    for (const [name, value] of Object.entries(names)) {
      if (scrolls) formula.setAttribute(name, value);
      else formula.removeAttribute(name);
    }
  };
  new ResizeObserver(check).observe(formula);
  document.fonts.addEventListener("loadingdone", check); // the formula grows when its fonts arrive
}
