// What every script needs from the page: its settings, icons, the token for writing, and a voice.

const SVG = "http://www.w3.org/2000/svg";

export const settings = document.documentElement.dataset;

/** The token that Django wants with every unsafe request. The cookie is newer than the page after a sign-in elsewhere. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie?.slice("csrftoken=".length) ?? document.querySelector("meta[name=csrf-token]")?.content ?? "";
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${settings.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Speaks to screen readers. The regions exist before they are filled: a region that arrives full stays silent. */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "say-now" : "say");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** True where a key press is text and must not be taken for a command. */
export function isTyping(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest("textarea, select, [contenteditable=true], .cm-editor")) return true;
  const input = target.closest("input");
  return Boolean(input) && !["checkbox", "radio", "button", "submit"].includes(input.type);
}
