// Tabs: links to sections without script, a real tablist with it. The choice survives a swapped fragment; the first
// is that of the page's address.
const chosen = new Map();

export function setUpTabs(root) {
  for (const list of root.querySelectorAll("[data-tabs]")) {
    const tabs = [...list.querySelectorAll("a[href^='#']")];
    const remembered = tabs.find((tab) => tab.hash === chosen.get(list.dataset.tabs));
    list.setAttribute("role", "tablist");
    tabs.forEach(dress);
    const named = tabs.find((tab) => tab.hash === location.hash);
    select(remembered ?? named ?? tabs[0]);
  }
}

function dress(tab) {
  const panel = panelOf(tab);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", panel.id);
  tab.id ||= `${panel.id}-tab`;
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", tab.id);
  panel.tabIndex = 0;
}

const panelOf = (tab) => document.getElementById(tab.hash.slice(1));
const siblings = (tab) => [...tab.closest("[data-tabs]").querySelectorAll("[role=tab]")];

function select(tab) {
  for (const other of siblings(tab)) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    panelOf(other).hidden = !on;
  }
}

function choose(tab) {
  chosen.set(tab.closest("[data-tabs]").dataset.tabs, tab.hash);
  select(tab);
}

function moved(tab, key) {
  const all = siblings(tab);
  const at = all.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[key];
  return to === undefined ? null : all[to % all.length];
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-tabs] [role=tab]");
  if (!tab) return;
  event.preventDefault();
  choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[data-tabs] [role=tab]");
  const next = tab && moved(tab, event.key);
  if (!next) return;
  event.preventDefault();
  choose(next);
  next.focus();
});
