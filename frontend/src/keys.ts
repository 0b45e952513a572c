// Keyboard habits of people who live in lists: / search, j k move, x select, Enter open, g + letter go, ? help, Esc close.

const GO: Record<string, string> = {
  h: "/",
  l: "/worklist/task",
  v: "/worklist/verify",
  m: "/mine",
  u: "/union",
  e: "/employer",
  r: "/run",
  b: "/intake",
};
const GO_WAIT_MS = 1200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
    !(target instanceof HTMLInputElement && target.type === "checkbox")
  );
}

function rows(): HTMLElement[] {
  return Array.from(document.querySelectorAll<HTMLElement>("[data-row]"));
}

function move(step: number): boolean {
  const all = rows();
  if (all.length === 0) return false;
  const now = all.findIndex((row) => row.classList.contains("at"));
  const next = Math.min(all.length - 1, Math.max(0, now + step));
  all.forEach((row, index) => row.classList.toggle("at", index === next));
  const link = all[next].querySelector<HTMLElement>("a[data-open]");
  if (link) link.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function click(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) return false;
  element.click();
  return true;
}

function toggleHelp(): boolean {
  const help = document.querySelector<HTMLDialogElement>("#keys-help");
  if (!help || typeof help.showModal !== "function") return false;
  if (help.open) help.close();
  else help.showModal();
  return true;
}

function press(key: string): boolean {
  switch (key) {
    case "/": {
      const search = document.querySelector<HTMLInputElement>("#search");
      if (search) {
        search.focus();
        search.select();
      }
      return search !== null;
    }
    case "j":
      return move(1) || click("[data-key=next]");
    case "k":
      return move(-1) || click("[data-key=previous]");
    case "x":
      return click("[data-row].at input[type=checkbox]");
    case "1":
    case "2":
      return click(`[data-key="${key}"]`);
    case "?":
      return toggleHelp();
    default:
      return false;
  }
}

export function bindKeys(): void {
  let goSince = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (event.target instanceof HTMLElement && isTyping(event.target)) event.target.blur();
      document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]").forEach((menu) => (menu.open = false));
      if (location.hash === "#menu") location.hash = "";
      return;
    }
    if (isTyping(event.target)) return;
    if (goSince > 0 && Date.now() - goSince < GO_WAIT_MS && GO[event.key]) {
      goSince = 0;
      location.href = GO[event.key];
      return;
    }
    goSince = event.key === "g" ? Date.now() : 0;
    if (press(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-help]")) toggleHelp();
  });
}
