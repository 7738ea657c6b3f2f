// Small manners of the frame: theme, the person's menu, dialogs, print.
const THEMES = ["light", "dark"];

function applyTheme(choice) {
  const root = document.documentElement;
  if (THEMES.includes(choice)) root.dataset.theme = choice;
  else delete root.dataset.theme;
  try {
    if (THEMES.includes(choice)) localStorage.setItem("fp:theme", choice);
    else localStorage.removeItem("fp:theme");
  } catch {
    // storage is switched off: the choice lasts for this page
  }
  showTheme();
}

export function showTheme() {
  const current = document.documentElement.dataset.theme ?? "auto";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === current));
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target);
  const hit = (selector) => target.closest?.(selector);
  const theme = hit("[data-theme-set]");
  if (theme) applyTheme(theme.dataset.themeSet);
  const opener = hit("[data-open]");
  if (opener) openDialog(event, opener);
  if (hit("[data-close]")) hit("dialog")?.close();
  if (hit("[data-print]")) print();
});

// A link with data-open leads to a page that asks the same thing; without script it is simply followed.
function openDialog(event, opener) {
  const dialog = document.querySelector(opener.dataset.open);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
