// From a rate to what is wrong with it: a fault opens into its unions and members, is corrected there, and is gone at the next check.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { csv, SHUANGLIN } from "./lib/city.mjs";
import { day, idNumber } from "./lib/codes.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

const FAULT = "证件号码校验不通过";
const right = idNumber(777);
const wrong = right.slice(0, 17) + (right.at(-1) === "5" ? "6" : "5");

let town;
before(async () => {
  town = await openTown();
  const file = join(town.gonghui.folder, "members.csv");
  writeFileSync(file, csv(["会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"], [["M9001", "U101", "邬晓燕", wrong, "13857429001", day({ months: -2 })]]));
  town.gonghui.run("import", "--kind", "members", file);
});
after(() => town?.close());

const told = (page) => page.locator("main").innerText();

test("a fault opens into its rows, is corrected there, and is gone at the next check", async () => {
  const city = await pageOf(town.browser, town.url, town.cityOfficer);
  const check = async () => {
    await city.goto(`${town.url}/quality`);
    await turn(city, city.getByRole("button", { name: "重新检查" }));
    await city.getByText("已完成").waitFor();
    return told(city);
  };
  assert.match(await check(), /会员 58 人，合格 57 人/);

  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/quality`);
  assert.match(await told(page), /98\.2%\s*57 \/ 58 人/);
  await turn(page, page.getByRole("link", { name: FAULT }));
  await turn(page, page.locator("main tbody").getByRole("link", { name: SHUANGLIN.name }));
  assert.match(await page.locator("h1").innerText(), /1 人/);
  await turn(page, page.locator("main tbody .name a").first());
  await turn(page, page.getByRole("link", { name: "更正资料" }));
  await page.getByLabel("更正的依据").fill("按本人身份证");
  const number = page.getByLabel("证件号码", { exact: true });
  await number.fill(wrong);
  await turn(page, page.getByRole("button", { name: "下一步：核对新旧" }));
  assert.match(await told(page), /填写的与登记的相同/);
  await number.fill(right);
  await turn(page, page.getByRole("button", { name: "下一步：核对新旧" }));
  assert.ok(!(await page.content()).includes(right), "what is compared is masked");
  await turn(page, page.getByRole("button", { name: "确认办理" }));
  assert.match(await told(page), /资料已更正/);

  assert.match(await check(), /会员 58 人，合格 58 人/);
  await page.goto(`${town.url}/quality`);
  assert.match(await told(page), /100\.0%\s*58 \/ 58 人/);
  assert.equal(await page.getByRole("link", { name: FAULT }).count(), 0);
  for (const each of [page, city]) {
    assert.deepEqual(each.troubles, []);
    await each.context().close();
  }
});
