// Times come in UTC with their ISO form beside them; the reader sees them in the zone of this device.
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const DAY = { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" };

export const clockTime = (iso) => new Date(iso).toLocaleTimeString("en-GB", CLOCK);

const dayTime = (iso) => new Date(iso).toLocaleString("en-GB", DAY).replace(" at ", ", ");

export function showMoments(root) {
  for (const time of root.querySelectorAll("time[data-moment]:not([data-local])")) {
    time.dataset.local = "";
    time.textContent = time.dataset.moment === "day" ? dayTime(time.dateTime) : clockTime(time.dateTime);
  }
  // An option holds no elements: its time stands in its text.
  for (const option of root.querySelectorAll("option[data-when]")) {
    option.textContent = option.textContent.replace(/[\d:]+ UTC/, clockTime(option.dataset.when));
  }
}

/** Times in what is added later change with it, before it is painted: afterwards what stands beside them would move. */
export function showMomentsToCome() {
  const show = (records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element) showMoments(node);
    }
  };
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
}
