// Forms: a second click sends nothing twice; a select marked data-submit sends its form at once; print is a button.

function lock(form: HTMLFormElement): void {
  form.dataset.sent = "yes";
  form.querySelectorAll<HTMLButtonElement>("button:not([type=button])").forEach((button) => {
    button.classList.add("btn-loading");
    button.setAttribute("aria-disabled", "true");
  });
}

function unlock(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".btn-loading").forEach((button) => {
      button.classList.remove("btn-loading");
      button.removeAttribute("aria-disabled");
    });
  });
}

export function bindForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method.toLowerCase() !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    // After this turn of the loop, so that the pressed button's own name and value are still sent.
    else if (!form.hasAttribute("data-download")) setTimeout(() => lock(form), 0);
  });
  window.addEventListener("pageshow", unlock);
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target instanceof HTMLSelectElement && target.hasAttribute("data-submit") && target.form) target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLInputElement) || target.type !== "file" || !target.dataset.names) return;
    const place = document.getElementById(target.dataset.names);
    const file = target.files && target.files[0];
    if (place) place.textContent = file ? `${file.name}（${(file.size / 1048576).toFixed(1)} MB）` : "";
  });
}
