// What htmx does with answers that are no fragment. Error pages are never swapped in, so a press that failed
// must be told; a poll that failed just asks again.
import { hideBanner, showBanner } from "./banners.js";

const OURS = { sign: "JE", title: "Ours, not yours.", text: "The server could not take that. Nothing was lost; try again in a moment." };
const UNREACHABLE = {
  tone: "offline",
  sign: "off",
  title: "The server could not be reached.",
  text: "Nothing was sent. Try again when the connection is back.",
};
const BY_STATUS = {
  403: { tone: "retry", sign: "off", title: "Not taken.", text: "You are signed out, or this page is out of date. Sign in again in another tab and press once more." },
  413: { tone: "bad", sign: "RE", title: "Too large.", text: "That was not stored. Shorten it and send it again." },
  429: { tone: "retry", sign: "TLE", title: "Too many at once.", text: "Wait a moment, then try again." },
};

const isPress = (ctx) => ctx?.request && ctx.request.method !== "GET";

document.addEventListener("htmx:response:error", ({ detail }) => {
  if (isPress(detail.ctx)) showBanner("trouble", BY_STATUS[detail.ctx.response.status] ?? OURS);
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (isPress(detail.ctx) && !detail.ctx.response) showBanner("trouble", UNREACHABLE);
});

// A redirect leads to a whole page (the sign-in, mostly), which must not end up inside a fragment.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (raw.ok) hideBanner("trouble");
  if (!raw.redirected) return;
  event.preventDefault();
  location.assign(raw.url);
});
