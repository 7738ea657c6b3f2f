// Banners sit under the bar in #banners and push the page down; they never cover what is being typed.
import { announce, icon } from "./page.js";

const ORDER = ["offline", "taken", "closed", "trouble", "refused", "unsent"];

/** Shows (or replaces) the banner of that name. `tone` is a data-v of the style sheet. */
export function showBanner(name, { tone, sign, title, text, actions = [] }) {
  hideBanner(name);
  const banner = document.createElement("div");
  banner.className = "banner";
  banner.dataset.banner = name;
  if (tone) banner.dataset.v = tone;
  const heading = document.createElement("strong");
  heading.textContent = title;
  const body = document.createElement("span");
  body.textContent = text;
  banner.append(icon(sign), heading, body, ...actions.map(button));
  place(banner);
  announce(`${title} ${text}`);
}

export function hideBanner(name) {
  shelf()?.querySelector(`[data-banner="${name}"]`)?.remove();
}

function button({ label, run }) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "btn";
  element.textContent = label;
  element.addEventListener("click", run);
  return element;
}

function place(banner) {
  const rank = (element) => ORDER.indexOf(element.dataset.banner);
  const after = [...shelf().querySelectorAll("[data-banner]")].find((other) => rank(other) > rank(banner));
  shelf().insertBefore(banner, after ?? null);
}

const shelf = () => document.getElementById("banners");
