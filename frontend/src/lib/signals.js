// The bundles of a page know each other only through these events on `document`:
//   fp:flush   send what is not saved yet; listeners push promises into detail.waiting
//   fp:lock    the answer may no longer change (detail.reason is shown); fp:unlock takes it back
//   fp:stored  the server stored the answer by another way than a save (detail.revision); it comes as HX-Trigger
//   fp:because (on what a draft is kept of, or in it) the next save has a reason (detail.reason) that its timeline shows
//   fp:filled  (on a control) a script has replaced the control's value

const FLUSH_PATIENCE_MS = 3000;

/** Sends every unsaved draft; resolves when all have answered, or when waiting longer would hold up the person. */
export function flush({ leaving = false } = {}) {
  const waiting = [];
  document.dispatchEvent(new CustomEvent("fp:flush", { detail: { waiting, leaving } }));
  const patience = new Promise((resolve) => setTimeout(resolve, FLUSH_PATIENCE_MS));
  return Promise.race([Promise.allSettled(waiting), patience]);
}

export const lock = (reason) => document.dispatchEvent(new CustomEvent("fp:lock", { detail: { reason } }));
export const unlock = () => document.dispatchEvent(new CustomEvent("fp:unlock"));

export function fill(control, text) {
  control.value = text;
  control.dispatchEvent(new CustomEvent("fp:filled"));
}

/** Tells the draft of `element` why it changes; the change itself comes right after. */
export const because = (element, detail) => element.dispatchEvent(new CustomEvent("fp:because", { detail, bubbles: true }));
