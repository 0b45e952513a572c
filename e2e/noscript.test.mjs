// Without JavaScript everything that matters works: signing in, filtering, acting, importing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { CHENGUANG, TENGHAO } from "./lib/city.mjs";
import { pageOf } from "./lib/people.mjs";
import { itemOf, openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

test("sign in, filter the list, act on an item, sign out", async () => {
  const page = await pageOf(town.browser, town.url, town.fieldWorker, { javaScriptEnabled: false });
  await page.goto(`${town.url}/worklist/task`);
  await page.getByLabel("单位名称、代码或编号").fill("腾浩");
  await turn(page, page.getByRole("button", { name: "查询" }));
  assert.match(page.url(), /[?&]q=/, "a filter lives in the address");
  await page.getByRole("link", { name: TENGHAO.name }).waitFor();
  assert.equal(await page.getByRole("link", { name: CHENGUANG.name }).count(), 0);
  await turn(page, page.getByRole("link", { name: TENGHAO.name }).first());
  await turn(page, page.getByRole("button", { name: "开始核实" }));
  assert.equal(itemOf(town, "found-25", TENGHAO).state, "verifying");
  await page.getByText("退出登录").or(page.locator("summary")).first().click();
  await turn(page, page.getByRole("button", { name: "退出登录" }));
  await page.goto(`${town.url}/worklist/task`);
  await page.getByRole("button", { name: "登录" }).waitFor();
  await page.context().close();
});

test("what is outside one's town is not there", async () => {
  const page = await pageOf(town.browser, town.url, town.fieldWorker, { javaScriptEnabled: false });
  const answer = await page.goto(`${town.url}/item/QD-330283-2026-000001`);
  assert.equal(answer.status(), 404);
  const accounts = await page.goto(`${town.url}/account`);
  assert.ok([403, 404].includes(accounts.status()), `a field worker got ${accounts.status()} for the accounts`);
  await page.context().close();
});
