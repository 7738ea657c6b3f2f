{% load static %}// Shows the product's own page, not the browser's, when a page is asked for and the server cannot be reached.
// It keeps that one page and its styles, nothing of a person's.
const KEPT = "offline-1";
const PAGE = "{% url 'offline' %}";
const FILES = [
  PAGE,
  "{% static 'build/theme.js' %}",
  "{% static 'css/tokens.css' %}",
  "{% static 'css/base.css' %}",
  "{% static 'css/components.css' %}",
  "{% static 'css/pages.css' %}",
  "{% static 'mark.svg' %}",
];

self.addEventListener("install", (event) => {
  const requests = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const old = async () => (await caches.keys()).filter((name) => name !== KEPT).map((name) => caches.delete(name));
  event.waitUntil(old().then((gone) => Promise.all(gone)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (FILES.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});
