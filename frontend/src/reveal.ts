// A value in full is masked again when its time is over, when the page is left or hidden, and before it is printed.

const TICK_MS = 1000;

function hide(box: HTMLElement): void {
  const left = box.querySelector<HTMLElement>("[data-left]");
  for (const secret of box.querySelectorAll<HTMLElement>("[data-secret]")) {
    secret.textContent = secret.dataset.masked ?? "";
    secret.removeAttribute("href"); // a number that is dialled on a touch stands there as well
  }
  if (left) left.textContent = `已重新遮盖；${left.dataset.again ?? "再次查看须重新选用途"}`;
  // Where the form still stands above, each look has a reason of its own.
  box.closest(".inner")?.querySelector("form")?.reset();
  box.removeAttribute("data-reveal");
}

function start(box: HTMLElement): void {
  if (box.dataset.running) return;
  box.dataset.running = "yes";
  const until = Date.now() + Number(box.dataset.reveal) * 1000;
  const left = box.querySelector<HTMLElement>("[data-left]");
  const tick = () => {
    if (!box.isConnected || !box.hasAttribute("data-reveal")) return;
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) return hide(box);
    if (left) left.textContent = `${seconds} 秒后遮盖，已记入操作日志`;
    setTimeout(tick, TICK_MS);
  };
  // A screen reader is told once, not every second.
  left?.removeAttribute("role");
  tick();
}

export function bindReveals(): void {
  const all = () => document.querySelectorAll<HTMLElement>("[data-reveal]");
  const startAll = () => all().forEach(start);
  const hideAll = () => all().forEach(hide);
  startAll();
  document.addEventListener("htmx:afterSettle", startAll);
  document.addEventListener("visibilitychange", () => document.hidden && hideAll());
  window.addEventListener("pagehide", hideAll);
  window.addEventListener("beforeprint", hideAll);
}
