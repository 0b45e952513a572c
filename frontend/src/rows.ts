// Selecting rows: the box in the head selects the page; the number chosen stands beside the bulk button.
// Without script the boxes still post; only the count is missing.

function boxes(): HTMLInputElement[] {
  return Array.from(document.querySelectorAll<HTMLInputElement>("input[data-select]"));
}

function show(): void {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  document.querySelectorAll<HTMLElement>("[data-chosen]").forEach((place) => (place.textContent = String(chosen)));
  document.querySelectorAll<HTMLElement>("[data-bulk]").forEach((bar) => bar.classList.toggle("has-chosen", chosen > 0));
  const head = document.querySelector<HTMLInputElement>("input[data-select-all]");
  if (head) {
    head.checked = all.length > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
}

export function bindRows(): void {
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLInputElement)) return;
    if (target.matches("input[data-select-all]")) boxes().forEach((box) => (box.checked = target.checked));
    if (target.matches("input[data-select], input[data-select-all]")) show();
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show); // the browser restores ticks when one comes back
  show();
}
