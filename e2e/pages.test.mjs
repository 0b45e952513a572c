// Every page at desk and phone width: pictures into target/shots, nothing wider than the window, no axe violations.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DESK, newPage, overflow, PHONE, turn } from "./lib/browser.mjs";
import { SHUANGLIN, TENGHAO } from "./lib/city.mjs";
import { ROOT } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";
import { openProvider } from "./lib/provider.mjs";
import { itemOf, openTown } from "./lib/town.mjs";

const SHOTS = join(ROOT, "target/shots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let town, item, provider;
before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  town = await openTown(async (url) => (provider = await openProvider(url)).env);
  item = itemOf(town, "found-25", TENGHAO).item_id;
});
after(async () => {
  await town?.close();
  await provider?.close();
});

/** Name of the picture, who looks, where, and the status when it is not 200. */
const PAGES = [
  ["home-city", "cityOfficer", () => "/"],
  ["home", "officer", () => "/"],
  ["verify-list", "officer", () => "/worklist/verify"],
  ["task-list", "officer", () => "/worklist/task"],
  ["work-list", "officer", () => "/worklist/work"],
  ["empty-list", "officer", () => "/worklist/task?q=没有这样的单位"],
  ["mine", "fieldWorker", () => "/mine"],
  ["item-officer", "officer", () => `/item/${item}`],
  ["item-field-worker", "fieldWorker", () => `/item/${item}`],
  ["task-list-columns", "officer", () => "/worklist/all?cols=no,kind,why,insured,county,town,due"],
  ["unions", "officer", () => "/union"],
  ["union-change", "officer", () => "/union/U101/change/split"],
  ["union-as-of", "officer", () => "/union/as-of"],
  ["union-term", "officer", () => "/union/U101/term"],
  ["terms", "officer", () => "/term"],
  ["union-legal", "officer", () => "/union/U101/legal"],
  ["legal-persons", "officer", () => "/legal-person"],
  ["members-left", "officer", () => "/union/left"],
  ["zones", "officer", () => "/zone"],
  ["zones-as-of", "officer", () => "/zone/as-of"],
  ["zone-news", "fieldWorker", () => "/zone/news"],
  ["union-names", "officer", () => "/union/U101/name"],
  ["union-covers", "officer", () => "/union/U101/cover"],
  ["union-edit", "officer", () => "/union/U101/edit"],
  ["union-industry", "officer", () => "/union/U101/change/industry"],
  ["tree", "cityOfficer", () => "/union/tree?open=U003"],
  ["notice", "cityOfficer", () => "/notice"],
  ["members", "officer", () => "/union/U101/member?reveal=M1001"],
  ["find-member", "officer", () => "/member"],
  ["members-of-group", "officer", () => "/member?group=%E8%B4%A7%E8%BD%A6%E5%8F%B8%E6%9C%BA"],
  ["member", "cityOfficer", () => "/union/U101/member/M1001"],
  ["member-join", "officer", () => "/union/U101/join"],
  ["member-change", "officer", () => "/union/U101/member/M1001/change?kind=expel"],
  ["member-correct", "officer", () => "/union/U101/member/M1001/correct"],
  ["member-requests", "officer", () => "/member/request"],
  ["duplicates", "officer", () => "/member/duplicate"],
  ["suggestions", "cityOfficer", () => "/member/suggestion"],
  ["retention", "officer", () => "/member/retention"],
  ["closings", "officer", () => "/member/closing"],
  ["own-door", "officer", () => "/me"],
  ["employers", "officer", () => "/employer"],
  ["search", "officer", () => `/search?q=${encodeURIComponent(SHUANGLIN.name)}`],
  ["intake", "cityOfficer", () => "/intake"],
  ["export-unions", "officer", () => "/export/unions?county=330226"],
  ["export-members", "cityOfficer", () => "/export/members?union=U101"],
  ["print-union", "officer", () => "/export/unions?format=sheet&key=U101"],
  ["print-member", "cityOfficer", () => "/export/members?format=sheet&key=M1001"],
  ["downloads", "officer", () => "/download"],
  ["runs", "cityOfficer", () => "/run"],
  ["rules", "officer", () => "/rule"],
  ["quality", "cityOfficer", () => "/quality"],
  ["quality of unions", "cityOfficer", () => "/quality/union"],
  ["fault", "officer", () => "/quality/members.education.missing"],
  ["dictionary", "officer", () => "/dictionary?kind=members"],
  ["code-list", "officer", () => "/dictionary/list/skill_grade"],
  ["accounts", "admin", () => "/account"],
  ["matrix", "admin", () => "/account/matrix"],
  ["element-rights", "admin", () => "/element-right"],
  ["element-right", "admin", () => "/element-right/unions/level"],
  ["account-new", "admin", () => "/account/new"],
  ["jobs", "operator", () => "/job"],
  ["journal", "watcher", () => "/journal"],
  ["journal-anchor", "watcher", () => "/journal/anchor"],
  ["security", "admin", () => "/security"],
  ["identity", "officer", () => "/identity"],
  ["sessions", "officer", () => "/session"],
  ["delegation", "officer", () => "/delegation"],
  ["approvals", "cityOfficer", () => "/approval"],
  ["second-factor", "officer", () => "/second-factor"],
  ["tokens", "officer", () => "/token"],
  ["api", "officer", () => "/api"],
  ["password", "officer", () => "/password"],
  ["not-found", "officer", () => "/item/QD-330226-1999-000001", 404],
  ["forbidden", "officer", () => "/journal", 403],
];

/** What nobody should have to see: no way back, a date that breaks at its hyphens, a row as high as the window. */
function unproud() {
  const words = [];
  const back = document.querySelector(".crumbs:has(a) a:last-of-type");
  if (back && !back.checkVisibility()) words.push("no link leads back");
  for (const cell of document.querySelectorAll("td, td small")) {
    const [day] = [...cell.childNodes].filter((node) => node.nodeType === 3 && /^\s*\d{4}-\d\d-\d\d/.test(node.data));
    if (!day) continue;
    const text = document.createRange();
    text.selectNodeContents(day);
    if (new Set([...text.getClientRects()].map((line) => Math.round(line.top))).size > 1) words.push(`the date ${day.data.trim()} breaks`);
  }
  for (const row of document.querySelectorAll("tbody tr")) {
    const { height } = row.getBoundingClientRect();
    if (height >= window.innerHeight) words.push(`a row is ${Math.round(height)} px high`);
  }
  return words;
}

async function look(page, name, trouble) {
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(SHOTS, `${name}-${size.width}.png`), fullPage: size === PHONE });
    const wider = await overflow(page);
    if (wider > 0) trouble.push(`${name} at ${size.width} px: ${wider} px wider than the window`);
    for (const word of await page.evaluate(unproud)) trouble.push(`${name} at ${size.width} px: ${word}`);
  }
  await page.setViewportSize(DESK);
  await page.addScriptTag({ content: AXE }).catch(() => page.evaluate(AXE));
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
  for (const { id, nodes } of found.violations) trouble.push(`${name}: ${id}: ${nodes.slice(0, 3).map((node) => node.target).join("; ")}`);
}

test("pages for people who are not signed in", async () => {
  const trouble = [];
  const page = await newPage(town.browser, { bypassCSP: true });
  await page.goto(`${town.url}/sign-in`);
  await look(page, "sign-in", trouble);
  await page.context().close();
  assert.deepEqual(trouble, []);
});

for (const who of ["officer", "fieldWorker", "cityOfficer", "admin", "operator", "watcher"]) {
  test(`pages of the ${who}`, async () => {
    const trouble = [];
    const page = await pageOf(town.browser, town.url, town[who], { bypassCSP: true });
    for (const [name, reader, path, expected = 200] of PAGES.filter(([, reader]) => reader === who)) {
      const answer = await page.goto(town.url + path());
      if (answer.status() !== expected) trouble.push(`${name} (${reader}): ${answer.status()} instead of ${expected}`);
      else await look(page, name, trouble);
    }
    await linked(page, who, trouble);
    await page.goto(town.url);
    const isHome = new URL(page.url()).pathname === "/";
    assert.equal(await page.locator('nav.side li a[href="/"]').count(), isHome ? 1 : 0, "工作台 is offered to whom it opens");
    if (who === "operator") assert.equal(await page.getByText("未办结清单项").count(), 0, "whoever may not see items is told no count of them");
    assert.deepEqual([...trouble, ...page.troubles], []);
    await page.context().close();
  });
}

/** Pages that are reached by following the first row of a list. */
async function linked(page, who, trouble) {
  const follow = { cityOfficer: [["/intake", "batch"], ["/run", "run"]], officer: [["/union", "union"], ["/employer", "employer"]], admin: [["/account", "account"]] }[who] ?? [];
  for (const [list, name] of follow) {
    await page.goto(town.url + list);
    const first = page.locator("main tbody a").first();
    if (!(await first.count())) { trouble.push(`${list} has no row to open`); continue; }
    await turn(page, first);
    await look(page, name, trouble);
  }
}
