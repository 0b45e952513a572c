// The tools around the lists: accounts by a part of a union's name, columns, saved views, workbooks, acts on many items,
// a number in full for a reason, and an import taken back.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { CHENGUANG, csv, TOWN } from "./lib/city.mjs";
import { idNumber, uscc } from "./lib/codes.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";
import { sheetRows } from "./lib/xlsx.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

const closed = async (page) => {
  assert.deepEqual(page.troubles, []);
  await page.context().close();
};
const names = (page) => page.locator("main tbody .name a").allTextContents();

async function fillPerson(page, name, login) {
  await page.goto(`${town.url}/account/new`);
  await page.getByLabel("姓名").fill(name);
  await page.getByLabel("登录名").fill(login);
  await page.getByLabel("角色").selectOption({ label: "镇街干部" });
}

test("an account's union is chosen by keyboard from what a part of its name finds", async () => {
  const page = await pageOf(town.browser, town.url, town.admin);
  await fillPerson(page, "周海燕", "xidian-zhou");
  const answer = page.waitForResponse((response) => decodeURIComponent(response.url()).includes("宁海"));
  await page.getByLabel("所属工会").pressSequentially("宁海", { delay: 20 });
  await answer;
  const found = page.locator("#f-union-found input[type=radio]");
  await found.first().waitFor();
  assert.ok((await found.count()) >= 3, "the county, the town and what is in it");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const chosen = page.locator("#f-union-found label", { has: page.locator("input:checked") });
  assert.match(await chosen.innerText(), new RegExp(`${TOWN}总工会`));
  await page.keyboard.press("Enter");
  await page.getByText("一次性密码").first().waitFor();
  assert.match(await page.locator("main").innerText(), new RegExp(`${TOWN}总工会`));
  await closed(page);
});

test("without script a search shows the choice, and an ambiguous name opens nothing", async () => {
  const page = await pageOf(town.browser, town.url, town.admin, { javaScriptEnabled: false });
  await fillPerson(page, "周海鹰", "xidian-ying");
  await page.getByLabel("所属工会").fill("宁海");
  await page.getByRole("button", { name: "开通" }).click();
  await page.getByText("请在下面选定一个").waitFor();
  await page.getByLabel("所属工会").fill("西店");
  await turn(page, page.getByRole("button", { name: "查找" }).first());
  assert.equal(await page.getByLabel("姓名").inputValue(), "周海鹰", "what was typed stays");
  await page.getByRole("radio", { name: `${TOWN}总工会` }).check();
  await page.getByRole("button", { name: "开通" }).click();
  await page.getByText("一次性密码").first().waitFor();
  await closed(page);
});

test("chosen columns and filters are saved as a view, and its workbook has the same rows and columns", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/worklist/all?insured_min=10&sort=insured&desc=1`);
  await page.locator("summary", { hasText: /^列$/ }).click();
  for (const label of ["为什么在清单上", "规则", "预计会员", "镇街"]) await page.getByRole("checkbox", { name: label, exact: true }).uncheck();
  await page.getByRole("checkbox", { name: "区县" }).check();
  await page.getByRole("button", { name: "应用" }).click();
  await page.waitForURL(/cols=/);
  await page.locator("summary", { hasText: "保存当前方案" }).click();
  await page.getByLabel("方案名称").fill("十人以上");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.goto(`${town.url}/worklist/all`);
  await page.getByRole("link", { name: /★ 十人以上/ }).click();
  await page.waitForURL(/insured_min=10/);
  const heads = await page.locator("main thead th:not(.check)").allInnerTexts();
  assert.deepEqual(heads.map((head) => head.replace(/ [↑↓]$/, "")), ["用人单位 / 工会", "在保", "区县", "承办人", "状态 / 期限"]);

  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "导出本视图" }).click();
  const rows = sheetRows(readFileSync(await (await waiting).path()));
  const first = rows.findIndex((row) => row[0] === "编号");
  assert.deepEqual(rows[first], ["编号", "名称", "统一社会信用代码", "在保", "区县", "承办人", "状态", "期限", "期限说明"]);
  const table = rows.slice(first + 1).filter((row) => row[0]?.startsWith("QD-"));
  const shown = await names(page);
  assert.ok(shown.length >= 3, "there is something to compare");
  assert.deepEqual(table.map((row) => row[1]), shown, "the same rows in the same order");
  const counts = await page.locator("main tbody .num").allInnerTexts();
  assert.deepEqual(table.map((row) => row[3]), counts.map((text) => text.trim()));
  await closed(page);
});

test("many items are assigned at once; the result says how many, and who has them now", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/worklist/all`);
  const total = (await names(page)).length;
  await page.getByRole("checkbox", { name: new RegExp(`选择全部 ${total} 项`) }).check();
  assert.equal(await page.locator("[data-chosen]").innerText(), String(total));
  await page.getByLabel("批量办理").selectOption("assign");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("派发给").selectOption("xidian-ganbu");
  await page.getByRole("button", { name: `确认办理 ${total} 项` }).click();
  await page.getByText(`${total} 项已全部办理`).waitFor();
  const owners = new Set(town.gonghui.list().map((item) => item.owner));
  assert.deepEqual([...owners], ["xidian-ganbu"]);

  // What has no owner's signature yet can be begun; what has no such step is left, with the reason.
  await page.goto(`${town.url}/worklist/all`);
  await page.getByRole("checkbox", { name: "选择本页全部" }).check();
  await page.getByLabel("批量办理").selectOption("resume");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByText("都不能这样办理").waitFor();
  assert.match(await page.locator(".reasons").innerText(), new RegExp(`${total} 项[\\s\\S]*只有`));
  assert.equal(await page.getByRole("button", { name: "确认办理" }).count(), 0);
  await closed(page);
});

test("a member's number opens for a purpose, is covered again after 30 seconds and stands in the journal", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.clock.install();
  await page.goto(`${town.url}/union/U101/member`);
  const number = idNumber(200);
  assert.ok(!(await page.content()).includes(number));
  await page.locator("tr", { hasText: "M1000" }).getByRole("link", { name: "查看" }).click();
  await page.getByLabel("更正登记错误").check();
  await page.getByRole("button", { name: "显示号码" }).click();
  await page.getByText(number).waitFor();
  await page.locator("[data-left]", { hasText: /\d+ 秒后遮盖/ }).waitFor();
  await page.clock.fastForward(31_000);
  await page.getByText("已重新遮盖").waitFor();
  assert.ok(!(await page.content()).includes(number), "nothing of it is left in the page");
  await closed(page);
  const watcher = await pageOf(town.browser, town.url, town.watcher);
  await watcher.goto(`${town.url}/journal?action=reveal`);
  const journal = await watcher.locator("main").innerText();
  assert.match(journal, /更正登记错误/);
  assert.ok(!journal.includes(number));
  await closed(watcher);
});

test("whom to call at an employer opens for a reason, is covered again after 30 seconds and stands in the journal", async () => {
  const page = await pageOf(town.browser, town.url, town.fieldWorker);
  await page.clock.install();
  await page.goto(`${town.url}/employer/${CHENGUANG.id}`);
  const content = await page.content();
  assert.ok(!content.includes(CHENGUANG.legalRep) && content.includes(CHENGUANG.uscc), "people are masked, codes are not");
  await page.getByText("显示联系人和电话").click();
  await page.getByLabel("查看原因").selectOption("约定上门时间");
  await page.getByRole("button", { name: "显示", exact: true }).click();
  await page.getByText(CHENGUANG.legalRep).waitFor();
  await page.getByText("秒后遮盖").waitFor();
  await page.clock.fastForward(31_000);
  await page.getByText("已重新遮盖").waitFor();
  assert.ok(!(await page.content()).includes(CHENGUANG.legalRep), "nothing of it is left in the page");
  await closed(page);
});

test("a batch is undone from its page, and what it brought is gone", async () => {
  const name = "宁海县新来五金有限公司";
  const file = join(town.gonghui.folder, "enterprises.csv");
  const heads = ["主体标识", "统一社会信用代码", "名称", "主体类型", "法定代表人", "区县", "街道乡镇", "住所", "行业代码", "成立日期", "登记状态", "注册资本(万元)", "联系电话"];
  const row = ["E900", uscc("91", "330226", "MA2T9X9X"), name, "有限责任公司", "叶明", "宁海县", TOWN, "宁海县西店镇", "C2449", "2020-05-01", "存续", 50, ""];
  writeFileSync(file, csv(["op", ...heads], [["I", ...row]]));
  const page = await pageOf(town.browser, town.url, town.cityOfficer);
  await page.goto(`${town.url}/intake`);
  await page.locator('input[name="kind"][value="enterprises"]').check();
  await page.locator("#f-file").setInputFiles(file);
  await page.getByRole("button", { name: "上传并导入" }).click();
  await page.locator("#progress a.btn").click();
  await page.waitForURL(/\/intake\/\d+/);
  await page.locator("summary", { hasText: "撤销" }).click();
  await page.getByLabel("我确认撤销").check();
  await turn(page, page.locator("form[action$='/undo'] button"));
  assert.match(await page.locator("main").innerText(), /已撤销/);
  assert.match(town.gonghui.run("import", "--list"), /撤销|undone/);
  await closed(page);
});
