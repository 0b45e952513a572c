// Consent: a notice, what a member agreed to, written down by the union and taken back by the member.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newPage, turn } from "./lib/browser.mjs";
import { read } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

test("told, agreed, taken back: on the union's page and on the member's own", async () => {
  const city = await pageOf(town.browser, town.url, town.cityOfficer);
  await city.goto(`${town.url}/notice`);
  await city.getByLabel("告知书全文").fill("宁波市总工会（0574-87654321）处理会员的姓名和联系电话，\n用于下列用途，保存到会籍结束后十年；随时可以向所在工会撤回同意。");
  await turn(city, city.getByRole("button", { name: "发布" }));
  await city.getByText("第 1 版告知书已发布").waitFor();

  const officer = await pageOf(town.browser, town.url, town.officer);
  await officer.goto(`${town.url}/union/U101/member/M1001`);
  await officer.locator("summary", { hasText: "登记同意、不同意或撤回" }).click();
  await officer.getByLabel("服务通知").check();
  await officer.getByLabel("普惠活动").check();
  await turn(officer, officer.getByRole("button", { name: "登记同意" }));
  await officer.getByText("同意已登记").waitFor();
  assert.equal(await officer.locator(".consents .dot", { hasText: "已同意" }).count(), 2);
  await turn(officer, officer.getByRole("button", { name: "发放查询码" }));
  const code = await officer.locator("[data-pass]").innerText();
  assert.deepEqual(officer.troubles, []);

  const own = await newPage(town.browser);
  await own.goto(`${town.url}/me`);
  await own.getByLabel("查询码").fill(code);
  await own.getByLabel("后六位").fill(tail());
  await turn(own, own.getByRole("button").first());
  await turn(own, own.getByRole("button", { name: "撤回 服务通知" }));
  await own.getByText("已撤回，立即生效").waitFor();
  await own.getByText("网上撤回，本人登记").waitFor();
  assert.deepEqual(own.troubles, []);
  for (const page of [city, officer, own]) await page.context().close();
});

/** The last six signs of the number of M1001, as the register has it. */
function tail() {
  const file = join(town.gonghui.folder, "own.csv");
  town.gonghui.run("export", "members", "--union", "U101", "--columns", "id_no", "--plain", "--purpose", "L01", "--reason", "核对号码", "--out", file);
  return read(file).split(/\r?\n/).find((line) => line.startsWith("M1001,")).split(",")[1].slice(-6);
}
