// The story: from public data to a founded union, and a refuted item that stays away until its evidence changes.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { CHENGUANG, csv, FENGMAO, INSURANCE, insured, SHUANGLIN, TENGHAO, YONGXING } from "./lib/city.mjs";
import { day } from "./lib/codes.mjs";
import { pageOf } from "./lib/people.mjs";
import { itemOf, openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

/** Presses a button of the 办理 card; one that asks for words is unfolded, filled and confirmed. */
async function act(page, label, { choice, words } = {}) {
  const card = page.locator("section.card", { has: page.getByRole("heading", { name: "办理", exact: true }) });
  const folded = card.locator("details", { has: page.locator("summary", { hasText: label }) });
  if (await folded.count()) {
    if ((await folded.first().getAttribute("open")) === null) await folded.first().locator("summary").click();
    if (choice) {
      const radio = folded.getByLabel(choice);
      if (await radio.count()) await radio.check();
      else await folded.locator("select").selectOption({ label: choice });
    }
    if (words) await folded.locator("textarea").fill(words);
    await turn(page, folded.getByRole("button", { name: `确定${label}` }));
  } else {
    await turn(page, card.getByRole("button", { name: label }));
  }
}

test("the run raises what it should, and only that", () => {
  const found25 = town.gonghui.list("--rule", "found-25").map((item) => item.subject_id).sort();
  assert.deepEqual(found25, [TENGHAO.id, CHENGUANG.id].sort());
  const item = itemOf(town, "found-25", TENGHAO);
  assert.equal(item.kind, "task", "13 months old and no doubt: a task from the start");
  assert.equal(item.uscc, TENGHAO.uscc);
  assert.match(item.item_id, /^QD-330226-\d{4}-\d{6}$/);
  assert.match(item.reason, /60/);
  assert.ok(itemOf(town, "found-joint", FENGMAO), "14 insured: one for a joint union");
  assert.equal(itemOf(town, "found-25", SHUANGLIN), undefined, "it has its union");
  const gone = town.gonghui.list("--rule", "employer-gone");
  assert.ok(gone.some((row) => [YONGXING.id, "U102"].includes(row.subject_id)), "struck off, its union still in the register");
});

test("the field worker finds it, sees why, verifies on site and reports to the town", async () => {
  const page = await pageOf(town.browser, town.url, town.fieldWorker);
  await page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name: "我的待办" }).click();
  await page.getByRole("link", { name: TENGHAO.name }).first().click();
  await page.getByRole("heading", { name: "为什么在清单上" }).waitFor();
  const why = await page.locator(".why").first().textContent();
  assert.match(why, /13\s*个月/);
  assert.match(why, /60\s*人/);
  await act(page, "开始核实");
  await act(page, "核实属实", { words: "见到人事主管，在职 60 人，愿意建会" });
  const item = itemOf(town, "found-25", TENGHAO);
  assert.equal(item.state, "in_progress");
  assert.equal(item.kind, "task");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("a field worker does not found unions; the town officer does", async () => {
  const item = itemOf(town, "found-25", TENGHAO);
  const worker = await pageOf(town.browser, town.url, town.fieldWorker);
  const refused = await worker.goto(`${town.url}/item/${item.item_id}/found`);
  assert.ok([403, 404].includes(refused.status()), `a field worker got ${refused.status()}`);
  await worker.context().close();

  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/item/${item.item_id}`);
  await page.locator(".act").getByRole("link", { name: "建会" }).click();
  await page.getByRole("heading", { name: "成立工会" }).waitFor();
  for (const field of await page.locator("form input[required]:visible").all()) {
    if (await field.inputValue()) continue; // what is known is filled in already
    const kind = await field.getAttribute("type");
    await field.fill(kind === "date" ? day() : kind === "number" ? "52" : "邵国海");
  }
  await turn(page, page.getByRole("button", { name: "登记成立" }));
  assert.equal(await page.locator("main .flash.bad").count(), 0, await page.locator("main").innerText());
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("the next run closes it with the register change as evidence and raises nothing", async () => {
  const before = town.gonghui.list("--all").length;
  town.gonghui.run("reconcile");
  const item = itemOf(town, "found-25", TENGHAO);
  assert.equal(item.state, "done");
  const about = town.gonghui.list("--all").filter((row) => row.subject_id === TENGHAO.id && row.rule === "found-25");
  assert.equal(about.length, 1);
  const open = town.gonghui.list().filter((row) => row.subject_id === TENGHAO.id && row.rule.startsWith("found"));
  assert.deepEqual(open, [], "nothing raised again");
  assert.ok(town.gonghui.list("--all").length >= before, "no item is ever lost");

  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/item/${item.item_id}`);
  const text = await page.locator("main").innerText();
  assert.match(text, /已办结/);
  assert.match(text, new RegExp(`${TENGHAO.name}工会`), "the union that answers it is named");
  await page.context().close();
});

test("a refuted item stays away until its evidence changes", async () => {
  const first = itemOf(town, "found-25", CHENGUANG);
  const page = await pageOf(town.browser, town.url, town.fieldWorker);
  await page.goto(`${town.url}/item/${first.item_id}`);
  await act(page, "开始核实");
  await act(page, "核实不属实", { choice: "派遣/代理参保", words: "实际用工在外地，本地只代缴" });
  assert.equal(itemOf(town, "found-25", CHENGUANG).state, "refuted");

  town.gonghui.run("reconcile");
  assert.equal(itemOf(town, "found-25", CHENGUANG).state, "refuted", "the same data do not raise it again");

  const more = join(town.gonghui.folder, "more");
  mkdirSync(more);
  const rows = [...insured(CHENGUANG, 400, 45)].map((row) => ["I", ...row]);
  writeFileSync(join(more, "insurance.csv"), csv(["op", ...INSURANCE], rows));
  town.gonghui.run("import", more);
  town.gonghui.run("reconcile");
  const again = itemOf(town, "found-25", CHENGUANG);
  assert.equal(again.item_id, first.item_id, "one item, one number for life");
  assert.notEqual(again.state, "refuted");
  await page.goto(`${town.url}/item/${first.item_id}`);
  assert.match(await page.locator(".trail").innerText(), /核实不属实[\s\S]*重新列入|重新列入[\s\S]*核实不属实/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
