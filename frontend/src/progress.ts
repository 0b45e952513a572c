// The progress of a job: the server tells each change; where nothing comes through, the part is asked for every two
// seconds. Without script the page says how to look again.

const ASK_MS = 2000;

function box(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-progress]");
}

/** Puts the new part in the place of the old one; answers whether the job goes on. */
function show(html: string): boolean {
  const old = document.getElementById("progress");
  const made = new DOMParser().parseFromString(html, "text/html").getElementById("progress");
  if (old && made) old.replaceWith(made);
  return box() !== null;
}

async function ask(): Promise<void> {
  const url = box()?.dataset.progress;
  if (!url) return;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  // An expired session leads to the sign-in page: show that rather than a piece of it.
  if (answer?.redirected) return location.reload();
  if (answer?.ok) show(await answer.text());
  setTimeout(ask, ASK_MS);
}

export function bindProgress(): void {
  const url = box()?.dataset.progress;
  if (!url) return;
  const events = new EventSource(url.replace(/progress$/, "events"));
  events.addEventListener("message", (event) => {
    if (!show(event.data)) events.close();
  });
  events.addEventListener("error", () => {
    events.close();
    void ask();
  });
}
