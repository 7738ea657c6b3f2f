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

/**
 * `at` is the server's ISO time of the save: a wrong clock on this device changes nothing but the time zone.
 * `place` is the attribute of the elements that say it.
 */
export function showSaveState(name, at, place = "data-save-state") {
  const { sign, tone, text } = WORDS[name];
  for (const element of document.querySelectorAll(`[${place}]`)) {
    element.setAttribute(place, name);
    if (tone) element.dataset.v = tone;
    else delete element.dataset.v;
    element.replaceChildren(icon(sign), ` ${text(at)}`);
  }
}
