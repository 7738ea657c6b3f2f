// On every page: htmx's manners, theme, menus, dialogs, tabs, scales, rubric keys, maths and word counts.
import "./lib/offline.js";
import "./lib/trouble.js";
import "./lib/bulk.js";
import "./lib/folder.js";
import "./lib/remarks.js";
import { setUpCounters } from "./lib/words.js";
import { renderMaths } from "./lib/maths.js";
import { showTheme } from "./lib/menu.js";
import { showMoments, showMomentsToCome } from "./lib/moments.js";
import { announce, csrfToken } from "./lib/page.js";
import { setUpPoints } from "./lib/rubric.js";
import { keepScales } from "./lib/scales.js";
import { setUpTabs } from "./lib/tabs.js";
import { chooseOwnZone } from "./lib/zone.js";

function setUp(root) {
  setUpTabs(root);
  setUpPoints(root);
  setUpCounters(root);
  keepScales(root);
  renderMaths(root);
}

// The form's own token is as old as the page and would win over the header; a sign-in elsewhere makes it stale.
document.addEventListener("htmx:config:request", ({ detail }) => {
  const { request } = detail.ctx;
  if (request.method === "GET") return;
  request.body?.delete("csrfmiddlewaretoken");
  request.headers["X-CSRFToken"] = csrfToken();
});

// A fragment that says something new is read out once: a live region that is swapped as a whole stays silent.
let spoken = "";
function speak(root) {
  const text = root.querySelector("[data-announce]")?.dataset.announce ?? "";
  if (text && text !== spoken) announce(text);
  spoken = text || spoken;
}

document.addEventListener("htmx:after:swap", () => {
  setUp(document);
  speak(document);
});

setUp(document);
showMoments(document);
showMomentsToCome();
chooseOwnZone(document);
showTheme();

// On a phone the places of an admin are wider than the screen: begin with the one that is shown.
document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
