// Members for life: a chair asks for a transfer and the other union's chair agrees; the same person twice becomes one member, and two
// again.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { csv, SHUANGLIN, YONGXING } from "./lib/city.mjs";
import { day, idNumber, personName } from "./lib/codes.mjs";
import { openAccount, pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town, giving, taking;
before(async () => {
  town = await openTown();
  const admin = await pageOf(town.browser, town.url, town.admin);
  const chair = (name, person, employer) => openAccount(admin, town.url, { name, person, role: "基层工会主席", union: `${employer.name}工会委员会` });
  giving = await chair("shuanglin", "邬建军", SHUANGLIN);
  taking = await chair("yongxing", "娄明", YONGXING);
  await admin.context().close();
});
after(() => town?.close());

const closed = async (page) => {
  assert.deepEqual(page.troubles, []);
  await page.context().close();
};
const told = (page) => page.locator("main").innerText();

test("a membership follows the person to the union that agrees", async () => {
  const from = await pageOf(town.browser, town.url, giving);
  await from.goto(`${town.url}/union/U101/member/M1003`);
  await turn(from, from.getByRole("link", { name: "转到本系统的工会" }));
  await from.getByLabel("转入工会").fill("没有这家工会");
  await from.getByLabel("原因").selectOption({ label: "劳动（工作）关系发生变化" });
  await turn(from, from.getByRole("button", { name: "下一步：核对" }));
  assert.match(await told(from), /台账中没有这家工会/);
  await from.getByLabel("转入工会").fill("U102");
  await from.getByLabel("说明").fill("本月起到永兴上班");
  await turn(from, from.getByRole("button", { name: "下一步：核对" }));
  assert.match(await told(from), /等转入工会答复/);
  assert.equal(await from.getByRole("button", { name: "同意接转" }).count(), 0, "the giving side does not agree for the other");

  const to = await pageOf(town.browser, town.url, taking);
  await to.goto(`${town.url}/member/request`);
  await turn(to, to.locator("main tbody .name a").first());
  assert.match(await told(to), new RegExp(SHUANGLIN.name));
  await turn(to, to.getByRole("button", { name: "同意接转" }));
  assert.match(await told(to), /已办理会籍接转/);
  await turn(to, to.getByRole("link", { name: "会员页面" }));
  assert.match(await told(to), new RegExp(`${SHUANGLIN.name}工会委员会 → ${YONGXING.name}工会委员会`));
  const gone = await from.goto(`${town.url}/union/U101/member/M1003`);
  assert.equal(gone.status(), 404, "the union that gave the member sees no more of them");
  assert.equal((await from.goto(`${town.url}/member/request?state=done`)).status(), 200);
  assert.match(await told(from), /已同意/);
  await closed(to);
  await from.context().close();
});

test("an officer takes somebody in, and is told where a number is a member already", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/union/U101/member`);
  await turn(page, page.getByRole("link", { name: "办理入会" }));
  const fill = async (number, name) => {
    await page.getByLabel("姓名").fill(name);
    await page.getByLabel("证件号码").fill(number);
    await page.getByLabel("移动电话").fill("13957420777");
    await page.getByLabel("新就业形态群体").selectOption({ label: "外卖配送员" });
    await turn(page, page.getByRole("button", { name: "下一步：核对" }));
  };
  await fill(idNumber(601), personName(601));
  assert.match(await told(page), /他已是“.*永兴.*”的会员/);
  assert.equal(await page.getByRole("button", { name: "申请转入" }).count(), 1);
  await fill(idNumber(977), personName(977));
  assert.doesNotMatch(await told(page), new RegExp(idNumber(977)), "the number does not come back in full");
  await turn(page, page.getByRole("button", { name: "确认办理" }));
  await page.goto(`${town.url}/union/U101/member?group=${encodeURIComponent("外卖配送员")}`);
  assert.equal(await page.locator("main tbody tr[data-row]").count(), 1);
  await page.context().close();
});

test("the same person twice becomes one member, and two again", async () => {
  const heads = ["操作", "会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"];
  const file = join(town.files, "..", "members-delta.csv");
  writeFileSync(file, csv(heads, [["I", "M3001", "U102", personName(205), idNumber(205), "13957421005", day({ months: -5 })]]));
  town.gonghui.run("import", file, "--kind", "members");
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/member/duplicate`);
  const { height } = await page.locator("main tbody tr[data-row]").first().boundingBox();
  assert.ok(height < 200, `a pair is as high as its lines, not ${height} px`);
  await turn(page, page.getByRole("link", { name: "核对" }));
  await page.getByRole("row", { name: /移动电话/ }).getByRole("radio").nth(1).check();
  await turn(page, page.getByRole("button", { name: "合并为一个会籍" }));
  assert.match(await told(page), /两个会籍已合并[\s\S]*139\*\*\*\*1005/);
  await page.goto(`${town.url}/member/duplicate`);
  assert.match(await told(page), /没有找到重复的会员/);
  await page.goBack();
  await turn(page, page.getByRole("button", { name: "撤销合并" }));
  assert.match(await told(page), /恢复到合并以前[\s\S]*138\*\*\*\*1005/);
  await page.goto(`${town.url}/member/duplicate`);
  assert.equal(await page.locator("main tbody tr[data-row]").count(), 1);
  await closed(page);
});
