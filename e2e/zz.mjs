import { DESK, PHONE, launch, newPage, overflow, turn } from "./lib/browser.mjs";
const base = process.env.BASE ?? "http://127.0.0.1:8098";
const who = process.argv[2], paths = process.argv.slice(3);
const browser = await launch();
const page = await newPage(browser, { baseURL: base });
await page.goto("/sign-in");
await page.keyboard.type(who); await page.keyboard.press("Tab"); await page.keyboard.type("Yong-Demo-2026");
await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
console.log(await page.title(), page.url());
if (paths.length === 0) console.log(await page.$$eval("nav a", (as) => as.map((a) => `${a.textContent.trim()} ${a.getAttribute("href")}`).join("\n")));
for (const path of paths) {
  for (const [size, name] of [[DESK, "desk"], [PHONE, "phone"]]) {
    await page.setViewportSize(size);
    const t = Date.now();
    const answer = await page.goto(path);
    const ms = Date.now() - t;
    const file = `/tmp/walk/${who}${path.replace(/[^a-z0-9]/gi, "_").slice(0, 40)}-${name}.png`;
    await page.screenshot({ path: file, fullPage: true });
    console.log(answer.status(), ms, "ms wide", await overflow(page), file, page.troubles.splice(0).join(";"));
  }
}
await browser.close();
