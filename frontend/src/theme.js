// Runs before the first paint, so that a stored theme never flashes the other one.
// Without a stored choice there is no attribute and the reader's system decides.
const stored = (() => {
  try {
    return localStorage.getItem("fp:theme");
  } catch {
    return null; // storage is switched off: the system decides
  }
})();
if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
document.documentElement.classList.add("js");
