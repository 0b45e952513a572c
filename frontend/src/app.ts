// Everything here sharpens pages that already work by plain GET and POST.
import htmx from "htmx.org";
import { bindKeys } from "./keys";
import { bindRows } from "./rows";
import { bindForms } from "./forms";
import { bindPickers } from "./picker";
import { bindProgress } from "./progress";
import { bindReveals } from "./reveal";

// The content security policy allows neither eval nor inline styles.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0; // pages hold personal data: nothing of them goes to localStorage
htmx.config.selfRequestsOnly = true;

bindKeys();
bindRows();
bindForms();
bindPickers();
bindProgress();
bindReveals();

// A fragment request that meets an expired session or an error is shown whole instead of swapped into a corner.
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = (event as CustomEvent).detail as { xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean };
  if (detail.xhr.status >= 400 && detail.xhr.getResponseHeader("X-Fragment") === "error") {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});
