// Choosing from what was found while typing: ↓ leads from the text to the candidates, which are radio buttons and need
// no more than that. Enter with candidates on offer goes to them instead of sending a form that would only come back.

function candidates(field: Element): HTMLInputElement[] {
  return Array.from(field.querySelectorAll<HTMLInputElement>("input[type=radio]"));
}

export function bindPickers(): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLInputElement) || target.type === "radio" || event.isComposing) return;
    const field = target.closest("[data-picker]");
    if (!field || !["ArrowDown", "Enter"].includes(event.key)) return;
    const found = candidates(field);
    const chosen = found.find((radio) => radio.checked);
    if (found.length === 0 || (event.key === "Enter" && chosen)) return;
    event.preventDefault();
    (chosen ?? found[0]).focus();
    if (found.length === 1) found[0].checked = true;
  });
}
