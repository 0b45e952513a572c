// A roster is checked, imported, and its own rows come back marked; a list goes out and comes back unchanged.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

const HEADS = "操作,会员标识,工会标识,姓名,证件号码,移动电话";

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  return readFileSync(await file.path());
}

test("a roster is checked, imported, and the rows at fault come back in their own columns", async () => {
  const file = join(town.gonghui.folder, "名册.csv");
  writeFileSync(file, `${HEADS}\nI,N1,U101,新会员,,13800000009\nU,M1001,U101,,,13900000001\nI,N2,U999,没有这个工会,,\nI,N3,U101,号码不全,3.30226E+17,\n`);
  const page = await pageOf(town.browser, town.url, town.cityOfficer);
  await page.goto(`${town.url}/intake`);
  await page.locator('input[name="kind"][value="members"]').check();
  await page.locator("#f-file").setInputFiles(file);
  await page.getByRole("button", { name: "上传并核对" }).click();
  await page.locator("#progress a.btn").click();
  await page.waitForURL(/\/intake\/check\/\d+/);
  const counts = await page.locator(".counts").innerText();
  assert.match(counts.replace(/\s+/g, ""), /文件行数4新增2变更1未变0退回1存疑1/);
  await page.locator(".counts a").nth(1).click();
  await page.waitForURL(/show=updated/);
  assert.match(await page.locator("#list").innerText(), /M1001[\s\S]*移动电话：.*→ 139\*\*\*\*0001/);
  const rows = (await download(page, () => page.getByRole("link", { name: "下载这些行" }).click())).toString();
  assert.match(rows, new RegExp(`${HEADS},结果,原因`));
  assert.match(rows, /I,N2,U999,没有这个工会,,,退回,第 4 行：所在工会“U999”不在工会台账中/);
  const book = await download(page, () => page.getByRole("link", { name: "Excel", exact: true }).click());
  assert.equal(book.subarray(0, 2).toString(), "PK");

  await page.getByRole("button", { name: "导入" }).click();
  await page.locator("#progress a.btn").click();
  await page.waitForURL(/\/intake\/\d+$/);
  assert.match(await page.locator("main").innerText(), /已生效/);
  const batch = page.url();

  // What was put right goes in as it is.
  writeFileSync(file, rows.replace("U999", "U101").replace("3.30226E+17", ""));
  assert.match(town.gonghui.run("import", "--kind", "members", file, "--check", "--format", "csv"), /rejected,退回,0/);

  await page.goto(`${batch}/undo`);
  assert.match(await page.locator("main").innerText(), /没有后来的修改，可以整批撤销/);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("members go out for a reason, masked for the town, in full for the city, and come back unchanged", async () => {
  const officer = await pageOf(town.browser, town.url, town.officer);
  await officer.goto(`${town.url}/union/U101/member`);
  await officer.getByRole("link", { name: "导出" }).click();
  assert.equal(await officer.locator('input[name="plain"][value="yes"]').count(), 0);
  await officer.locator('input[name="format"][value="csv"]').check();
  await officer.getByLabel("用途", { exact: true }).fill("核对名册");
  await turn(officer, officer.getByRole("button", { name: "导出" }));
  assert.match(officer.url(), /\/download/);
  const masked = (await download(officer, () => officer.locator("main tbody a").first().click())).toString();
  assert.match(masked, /姓名（脱敏）/);
  assert.deepEqual(officer.troubles, []);
  await officer.context().close();

  const city = await pageOf(town.browser, town.url, town.cityOfficer);
  await city.goto(`${town.url}/export/members?union=U101`);
  await city.locator('input[name="plain"][value="yes"]').check();
  await city.getByLabel("处理目的").selectOption({ label: "会籍管理和接转" });
  await city.getByLabel("用途", { exact: true }).fill("补充证件号码");
  await turn(city, city.getByRole("button", { name: "导出" }));
  const file = join(town.gonghui.folder, "导出.xlsx");
  writeFileSync(file, await download(city, () => city.locator("main tbody a").first().click()));
  const said = town.gonghui.run("import", "--kind", "members", file, "--check", "--format", "csv");
  assert.match(said, /created,新增,0/);
  assert.match(said, /updated,变更,0/);
  assert.match(said, /rejected,退回,0/);
  assert.ok(!/same,未变,0/.test(said), said);
  assert.deepEqual(city.troubles, []);
  await city.context().close();
});
