// How a person has set up the workspace, kept on this device for each who uses it: the shares of the panes in percent,
// the size of the code in pixels, how wide a tab is, and whose keys the editor has.
const START = { say: 34, out: 44, size: 14, tab: 4, keys: "standard" };
const ALLOWED = {
  say: { from: 20, to: 60 },
  out: { from: 15, to: 75 },
  size: { from: 10, to: 28 },
  tab: [2, 4, 8],
  keys: ["standard", "vim", "emacs"],
};
// theme.js sets these before the first paint, so that nothing moves afterwards.
const SHOWN = { say: (share) => `${share}%`, out: (share) => `${share}%`, size: (pixels) => `${pixels / 16}rem` };

const root = document.documentElement;
const place = () => `fp:workspace:${root.dataset.user ?? ""}`;

export const bounds = (name) => ALLOWED[name];
export const atStart = (name) => START[name];

/** The settings as they are now; what was stored and makes no sense counts as never set. */
export function workplace() {
  const stored = read();
  return Object.fromEntries(Object.entries(START).map(([name, start]) => [name, fits(name, stored[name]) ? stored[name] : start]));
}

function fits(name, value) {
  const allowed = ALLOWED[name];
  if (Array.isArray(allowed)) return allowed.includes(value);
  return Number.isFinite(value) && value >= allowed.from && value <= allowed.to;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(place())) ?? {};
  } catch {
    return {}; // storage is switched off, or holds something else
  }
}

/** Changes settings, shows them and keeps them. */
export function setWorkplace(changes) {
  const settings = { ...workplace(), ...changes };
  try {
    localStorage.setItem(place(), JSON.stringify(settings));
  } catch {
    // it holds for this page alone
  }
  showWorkplace(settings);
  return settings;
}

// By the object model: the page's content policy refuses styles in markup.
export function showWorkplace(settings = workplace()) {
  for (const [name, written] of Object.entries(SHOWN)) root.style.setProperty(`--${name}`, written(settings[name]));
}
