// Signing in with a second factor, ending a session elsewhere, acting for somebody, and asking a second person.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, turn } from "./lib/browser.mjs";
import { pageOf, totp } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

async function passwordOnly(account) {
  const page = await newPage(town.browser);
  await page.goto(`${town.url}/sign-in?next=%2Funion`);
  await page.getByLabel("账号").fill(account.name);
  await page.getByLabel("密码", { exact: true }).fill(account.password);
  await turn(page, page.getByRole("button", { name: "登录" }));
  return page;
}

test("acting for somebody: both names, a banner on every page, and back", async () => {
  const officer = await pageOf(town.browser, town.url, town.officer);
  const day = (days) => new Date(Date.now() + days * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
  await officer.goto(`${town.url}/delegation`);
  await officer.getByLabel("代办人的登录名").fill(town.fieldWorker.name);
  await officer.getByLabel("到（含当日）").fill(day(3));
  await officer.getByLabel("原因").fill("外出培训");
  await officer.getByLabel("登录密码").fill(town.officer.password);
  await turn(officer, officer.getByRole("button", { name: "授权", exact: true }));
  await officer.getByText("已授权 李卫东 代办").waitFor();

  const worker = await pageOf(town.browser, town.url, town.fieldWorker);
  assert.equal((await worker.goto(`${town.url}/account`)).status(), 403);
  await worker.goto(`${town.url}/delegation`);
  await turn(worker, worker.getByRole("button", { name: "以 王丽华 的名义办理" }));
  for (const path of ["/", "/account", "/worklist/task"]) {
    assert.equal((await worker.goto(town.url + path)).status(), 200, path);
    await worker.getByText("的名义办理").waitFor();
  }
  await worker.goto(`${town.url}/worklist/task`);
  await turn(worker, worker.getByRole("button", { name: "恢复本人身份" }));
  assert.equal((await worker.goto(`${town.url}/account`)).status(), 403);

  const watcher = await pageOf(town.browser, town.url, town.watcher);
  await watcher.goto(`${town.url}/journal?subject=account&action=delegation.stop`);
  await watcher.getByText("李卫东（代 王丽华）").first().waitFor();
  for (const page of [officer, worker, watcher]) {
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
});

test("a session that is ended elsewhere is out at its next page", async () => {
  const phone = await pageOf(town.browser, town.url, town.fieldWorker);
  const desk = await pageOf(town.browser, town.url, town.fieldWorker);
  await desk.goto(`${town.url}/session`);
  await desk.getByText("本次登录").waitFor();
  await turn(desk, desk.getByRole("button", { name: /^退出 Chrome/ }).first());
  await desk.getByText("它的下一次操作就会被拒绝").waitFor();
  await phone.goto(`${town.url}/mine`);
  await phone.getByRole("button", { name: "登录" }).waitFor();
  await desk.goto(`${town.url}/mine`);
  await desk.getByRole("heading", { level: 1 }).first().waitFor();
  await phone.context().close();
  await desk.context().close();
});

test("with a second factor the password alone opens nothing", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/second-factor`);
  await page.getByLabel("登录密码").fill(town.officer.password);
  await turn(page, page.getByRole("button", { name: "开始设置" }));
  await page.getByRole("img", { name: "用验证器应用扫描的二维码" }).waitFor();
  const key = await page.locator(".secret").innerText();
  const used = totp(key);
  await page.getByLabel("应用中显示的 6 位数字").fill(used);
  await turn(page, page.getByRole("button", { name: "确认" }));
  const codes = await page.locator(".codes li").allInnerTexts();
  assert.equal(codes.length, 10);
  assert.deepEqual(page.troubles, []);
  await page.context().close();

  const again = await passwordOnly(town.officer);
  await again.getByRole("heading", { name: "动态口令" }).waitFor();
  await again.goto(`${town.url}/union`);
  await again.getByLabel("密码", { exact: true }).waitFor();
  await again.goto(`${town.url}/sign-in/code?next=%2Funion`);
  await again.getByLabel("手机验证器应用中的 6 位数字").fill(used);
  await turn(again, again.getByRole("button", { name: "登录" }));
  await again.getByRole("alert").waitFor();
  await again.getByLabel("手机验证器应用中的 6 位数字").fill(codes[0]);
  await turn(again, again.getByRole("button", { name: "登录" }));
  assert.equal(new URL(again.url()).pathname, "/union");
  await again.context().close();

  const admin = await pageOf(town.browser, town.url, town.admin);
  await admin.goto(`${town.url}/account?q=${town.officer.name}`);
  await turn(admin, admin.locator("main tbody a").first());
  await admin.locator("summary", { hasText: "重置动态口令" }).click();
  await turn(admin, admin.getByRole("button", { name: "重置动态口令" }));
  await admin.getByText("动态口令已重置").waitFor();
  await admin.context().close();
  const plain = await passwordOnly(town.officer);
  assert.equal(new URL(plain.url()).pathname, "/union");
  await plain.context().close();
});

test("an export above the limit needs a second person", async () => {
  const admin = await pageOf(town.browser, town.url, town.admin);
  await admin.goto(`${town.url}/security`);
  await admin.getByLabel("一人可单独导出的行数").fill("1");
  await turn(admin, admin.getByRole("button", { name: "保存" }));
  await admin.getByText("安全策略已保存").waitFor();

  const officer = await pageOf(town.browser, town.url, town.officer);
  await officer.goto(`${town.url}/worklist/all/export`);
  await officer.getByLabel("原因").fill("季度上报");
  await turn(officer, officer.getByRole("button", { name: "提交申请" }));
  await officer.getByText("待复核").first().waitFor();

  const city = await pageOf(town.browser, town.url, town.cityOfficer);
  await city.goto(`${town.url}/approval`);
  await turn(city, city.getByRole("button", { name: "同意", exact: true }));
  await city.getByText("已同意：").waitFor();

  await officer.goto(`${town.url}/approval`);
  const link = officer.getByRole("link", { name: "继续办理" });
  const [file] = await Promise.all([officer.waitForEvent("download"), link.click()]);
  assert.match(file.suggestedFilename(), /\.xlsx$/);
  await officer.goto(`${town.url}/approval`);
  await officer.getByText("已办理").first().waitFor();
  assert.equal(await officer.getByRole("link", { name: "继续办理" }).count(), 0, "used once");

  await admin.goto(`${town.url}/security`);
  await admin.getByLabel("一人可单独导出的行数").fill("5000");
  await turn(admin, admin.getByRole("button", { name: "保存" }));
  for (const page of [admin, officer, city]) await page.context().close();
});
