// The one place in the bar that says whether the work is safe, in the product's fixed words.
import { clockTime } from "./moments.js";
import { icon } from "./page.js";

const WORDS = {
  saving: { sign: "wait", text: () => "Saving…" },
  saved: { sign: "saved", text: (at) => `Saved ${clockTime(at)}` },
  offline: { sign: "off", tone: "offline", text: () => "Offline, kept on this device" },
  retrying: { sign: "off", tone: "retry", text: () => "Not saved, retrying" },
  refused: { sign: "off", tone: "retry", text: () => "Not saved" },
  unsaved: { sign: "half", text: () => "Not saved yet" },
  readonly: { sign: "eye", text: () => "Read-only" },
};

/** `at` is the server's ISO time of the save: a wrong clock on this device changes nothing but the time zone. */
export function showSaveState(name, at) {
  const { sign, tone, text } = WORDS[name];
  for (const place of document.querySelectorAll("[data-save-state]")) {
    place.dataset.saveState = name;
    if (tone) place.dataset.v = tone;
    else delete place.dataset.v;
    place.replaceChildren(icon(sign), ` ${text(at)}`);
  }
}
