// The service worker that answers for an unreachable server; where it cannot run, the browser's own page does.
navigator.serviceWorker?.register("/offline-worker.js").catch(() => {});
