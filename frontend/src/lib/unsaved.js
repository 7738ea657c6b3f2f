// Text that is saved on wish: what this device holds of it when the browser dies, and offers again.
import { hideBanner, showBanner } from "./banners.js";
import { forget, keep, kept } from "./keep.js";

const KEEP_MS = 300;

/** Keeps `area` under `key` while it differs from `saved()`; what an earlier page left is offered to `write`. */
export function keepUnsaved(area, key, saved, write) {
  let timer = null;
  const store = () => (area.value === saved() ? forget(key) : keep(key, { content: area.value }));
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(store, KEEP_MS);
  });
  document.addEventListener("htmx:after:swap", store);
  area.addEventListener("fp:dropped", () => {
    clearTimeout(timer);
    forget(key);
  });
  kept(key).then((record) => {
    if (!record || record.content === saved()) forget(key);
    else offer(key, record.content, write);
  });
}

function offer(key, content, write) {
  const done = () => hideBanner("unsent");
  showBanner("unsent", {
    tone: "offline",
    sign: "disk",
    title: "This device kept unsaved work on this file.",
    text: "It was never saved. Using it replaces what is shown; undo brings that back.",
    actions: [
      { label: "Use the work from this device", run: () => { done(); write(content); } },
      { label: "Keep what is shown", run: () => { done(); forget(key); } },
    ],
  });
}
