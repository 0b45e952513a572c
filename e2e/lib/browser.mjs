// Debian's Chromium: no downloads, no background traffic, no sandbox (tests run as root in containers).

import { chromium } from "playwright-core";

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A page of its own session; what goes wrong in it is kept in `page.troubles`. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: DESK, locale: "zh-CN", timezoneId: "Asia/Shanghai", ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(`script: ${error.message}`));
  page.on("response", (answer) => answer.status() >= 500 && page.troubles.push(`${answer.status()} ${answer.url()}`));
  return page;
}

/** Presses what opens another page, and waits until that page is there: a press alone may end before the page has turned. */
export async function turn(page, control, options) {
  const loaded = page.waitForEvent("load");
  await control.click(options);
  await loaded;
}

/** How many CSS pixels the page is wider than its window; 0 is right. */
export function overflow(page) {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}
