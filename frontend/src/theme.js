import { showWorkplace } from "./lib/workplace.js";

// Runs before the first paint, so that a stored theme never flashes the other one, nor a hidden clock its figures,
// and no pane of the workspace changes its width.
// Without a stored choice there is no attribute: the reader's system decides, and the clock is shown.
const stored = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage is switched off
  }
};
const theme = stored("fp:theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
if (stored("fp:clock") === "hidden") document.documentElement.dataset.hiddenClock = "";
document.documentElement.classList.add("js");
showWorkplace();
