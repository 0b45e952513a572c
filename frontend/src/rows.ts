// Selecting rows: the box in the head selects the page; the number chosen stands beside the bulk button.
// Without script the boxes still post; only the count is missing.

function boxes(): HTMLInputElement[] {
  return Array.from(document.querySelectorAll<HTMLInputElement>("input[data-select]"));
}

function whole(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("input[data-select-view]");
}

function show(): void {
  const all = boxes();
  const view = whole();
  const chosen = view?.checked ? Number(view.dataset.selectView) : all.filter((box) => box.checked).length;
  document.querySelectorAll<HTMLElement>("[data-chosen]").forEach((place) => (place.textContent = chosen.toLocaleString("en")));
  document.querySelectorAll<HTMLElement>("[data-bulk]").forEach((bar) => bar.classList.toggle("has-chosen", chosen > 0));
  const head = document.querySelector<HTMLInputElement>("input[data-select-all]");
  if (head) {
    const here = all.filter((box) => box.checked).length;
    head.checked = all.length > 0 && here === all.length;
    head.indeterminate = here > 0 && here < all.length;
  }
}

export function bindRows(): void {
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLInputElement)) return;
    if (target.matches("input[data-select-all]")) boxes().forEach((box) => (box.checked = target.checked));
    // The whole view is the page and more; a box that is cleared afterwards means that it is no longer the whole.
    const view = whole();
    if (target === view) boxes().forEach((box) => (box.checked = target.checked));
    else if (view && !target.checked && target.matches("input[data-select], input[data-select-all]")) view.checked = false;
    if (target === view || target.matches("input[data-select], input[data-select-all]")) show();
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show); // the browser restores ticks when one comes back
  show();
}
