// A union is merged by its town, what was there before stays readable, a 分会 is set up, and the next committee is registered.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { SHUANGLIN, YONGXING } from "./lib/city.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
let page;
before(async () => {
  town = await openTown();
  page = await pageOf(town.browser, town.url, town.officer);
});
after(() => town?.close());

/** The page of the union of an employer, by the list. */
async function openUnion(name) {
  await page.goto(`${town.url}/union?q=${encodeURIComponent(name)}`);
  await turn(page, page.getByRole("link", { name }).first());
}

test("two unions are merged: what would follow is shown, then done, then readable as it was", async () => {
  await openUnion(YONGXING.name);
  await turn(page, page.getByRole("link", { name: "合并" }));
  await page.getByLabel("并入哪个工会").fill(`${SHUANGLIN.name}工会委员会`);
  // Nothing is taken without a reason.
  await page.getByLabel("原因").evaluate((input) => input.removeAttribute("required"));
  await turn(page, page.locator("form .bar").getByRole("button", { name: "核对影响" }));
  assert.match(await page.locator("main").textContent(), /请填写原因/);
  await page.getByLabel("原因").fill("永兴已注销，会员转到双林");
  await turn(page, page.locator("form .bar").getByRole("button", { name: "核对影响" }));
  const effects = await page.locator("ul.reasons").textContent();
  assert.match(effects, /会员 \d+ 人的会籍转到/);
  const moved = Number(effects.match(/会员 (\d+) 人的会籍/)[1]);
  await turn(page, page.getByRole("button", { name: "确认合并" }));
  await page.getByText(`转入会员 ${moved} 人`).waitFor();
  assert.match(await page.locator("h1").textContent(), new RegExp(SHUANGLIN.name), "one is led to the union that goes on");
  await openUnion(YONGXING.name);
  const old = await page.locator("main").textContent();
  assert.match(old, /已撤销/);
  assert.match(old, /永兴已注销/);
  // The day before it was there.
  await page.goto(`${town.url}/union/as-of`);
  const row = page.getByRole("row").filter({ hasText: YONGXING.name });
  assert.match(await row.textContent(), /已撤销/, "told beside the name of that day");
});

test("a 分会 is set up with members of its union, by keyboard alone", async () => {
  await openUnion(SHUANGLIN.name);
  const base = await page.locator("h1").textContent();
  await turn(page, page.getByRole("link", { name: /^会员/ }).first());
  const [key] = (await page.locator("main table").textContent()).match(/T?HY[\w-]+|M[\w-]*\d+/);
  await page.goBack();
  await turn(page, page.getByRole("link", { name: "设立分会、小组" }));
  await page.getByLabel("新组织名称").focus();
  await page.keyboard.type("冲压车间");
  await page.keyboard.press("Tab");
  await page.keyboard.type("邵国海");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type(key);
  await page.getByLabel("原因").focus();
  await page.keyboard.type("会员大会通过");
  const check = page.getByRole("button", { name: "核对影响" });
  await check.focus();
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  assert.match(await page.locator("main").textContent(), /名称应以“分会”或“工会小组”结尾/);
  assert.equal(await page.getByLabel("转到新组织的会员标识").inputValue(), key, "nothing typed is lost");
  await page.getByLabel("新组织名称").focus();
  await page.keyboard.press("End");
  await page.keyboard.type("分会");
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  assert.match(await page.locator("ul.reasons").textContent(), /1 名会员的会籍.*转到新的工会分会/s);
  await turn(page, page.getByRole("button", { name: "确认设立分会、小组" }));
  await page.getByText("转入会员 1 人").waitFor();
  assert.match(await page.locator("h1").textContent(), /冲压车间分会/);
  const said = await page.locator("main").textContent();
  assert.match(said, /之下设立/, "its own history begins with it");
  await turn(page, page.locator(".crumbs a, nav[aria-label] a").filter({ hasText: SHUANGLIN.name }).first());
  assert.equal(await page.locator("h1").textContent(), base);
  assert.deepEqual(page.troubles, []);
});

test("a new committee is registered, and the union's end of term and chair follow", async () => {
  await openUnion(SHUANGLIN.name);
  await turn(page, page.getByRole("link", { name: "换届和委员会" }));
  const form = page.locator("section.card", { has: page.getByRole("heading", { name: "换届登记" }) });
  await form.getByLabel("第几届").fill("2");
  await form.getByLabel("任期", { exact: true }).selectOption("3");
  await form.getByLabel("主席", { exact: true }).fill("葛秀英");
  await form.getByLabel("委员", { exact: true }).fill("鲍建军、邵国海");
  await turn(page, form.getByRole("button", { name: "登记换届" }));
  await page.getByText("换届已登记").waitFor();
  const sitting = await page.locator(".officers").textContent();
  assert.match(sitting, /葛\*\*.*主席/);
  assert.equal(await page.locator(".officers li").count(), 3);
  await turn(page, page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name: "换届提醒" }));
  assert.match(await page.getByRole("row").filter({ hasText: SHUANGLIN.name }).textContent(), /还有/);
});
