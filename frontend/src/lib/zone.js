// A choice of time zones begins with the one of this device, unless it was sent before.
export function chooseOwnZone(root) {
  for (const select of root.querySelectorAll("select[data-own-zone]")) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.form.querySelector("[aria-invalid]")) continue;
    if ([...select.options].some(({ value }) => value === own)) select.value = own;
  }
}
