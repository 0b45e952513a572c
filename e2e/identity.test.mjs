// Signing in by the unit's own identity provider, against a real one: not bound, bound, cancelled, signed out there too, down.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, newPage, turn } from "./lib/browser.mjs";
import { Gonghui } from "./lib/gonghui.mjs";
import { firstPassword, openAccount, pageOf } from "./lib/people.mjs";
import { approve, openProvider } from "./lib/provider.mjs";

let gonghui, browser, provider, url, admin, operator;
before(async () => {
  gonghui = new Gonghui();
  browser = await launch();
  gonghui.run("init");
  url = await gonghui.serve(async (address) => (provider = await openProvider(address)).env);
  admin = firstPassword(gonghui);
  const page = await pageOf(browser, url, admin);
  operator = await openAccount(page, url, { name: "xitong", person: "沈系统", role: "系统管理员", union: "" });
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await provider?.close();
  await gonghui?.remove();
});

const byProvider = (page) => page.getByRole("link", { name: "用统一身份认证登录" });

test("who is bound to no account is told so, and how to be", async () => {
  const page = await newPage(browser);
  await page.goto(`${url}/sign-in?next=%2Fjob`);
  await byProvider(page).click();
  await approve(page, "shen-0042");
  const told = await page.getByRole("alert").innerText();
  assert.match(told, /身份标识 shen-0042 还没有绑定本系统的账号/);
  assert.equal(await page.getByLabel("密码", { exact: true }).count(), 1, "the password still works");
  await page.goto(`${url}/job`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.context().close();
});

test("the person binds it with their password, comes in by it, and leaves both", async () => {
  const page = await pageOf(browser, url, operator);
  await page.goto(`${url}/`);
  await page.locator("details.menu summary").click();
  await turn(page, page.getByRole("link", { name: "统一身份认证" }));
  await page.getByLabel("登录密码").fill("wrong");
  await turn(page, page.getByRole("button", { name: "绑定统一身份认证" }));
  await page.getByText("密码不正确").waitFor();
  await page.getByLabel("登录密码").fill(operator.password);
  await page.getByRole("button", { name: "绑定统一身份认证" }).click();
  await approve(page, "shen-0042");
  await page.getByText("统一身份认证已绑定，下次可以用它登录").waitFor();
  await page.getByText("*****0042").waitFor();
  await page.context().close();

  const next = await newPage(browser);
  await next.goto(`${url}/job`);
  await byProvider(next).click();
  await approve(next, "shen-0042");
  await next.waitForURL(`${url}/job`);
  await next.goto(`${url}/session`);
  await next.getByText("统一身份认证登录").waitFor();
  assert.deepEqual(next.troubles, []);

  await next.locator("details.menu summary").click();
  await next.getByRole("button", { name: "退出登录" }).click();
  await next.waitForURL((address) => address.href.startsWith(provider.issuer));
  await next.getByRole("button", { name: "Yes, sign me out" }).click();
  await next.waitForURL(`${url}/sign-in?bye=1`);
  await next.getByText("已退出登录").waitFor();
  // Signed out there as well: it asks who they are.
  await byProvider(next).click();
  await next.locator("input[name=login]").waitFor();
  await next.context().close();
});

test("who goes back at the provider is told so and can try again", async () => {
  const page = await newPage(browser);
  await page.goto(`${url}/sign-in`);
  await byProvider(page).click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByText("您在统一身份认证页面取消了登录").waitFor();
  await byProvider(page).click();
  await approve(page, "shen-0042");
  await page.waitForURL(`${url}/`);
  // An address of the way back that is opened once more does nothing.
  await page.context().clearCookies();
  await page.goto(`${url}/sign-in/provider/return?code=x&state=y`);
  await page.getByText("登录已中断或超过 10 分钟").waitFor();
  await page.context().close();
});

test("the administrator unbinds and binds by the subject", async () => {
  const page = await pageOf(browser, url, admin);
  await page.goto(`${url}/account?q=${operator.name}`);
  await turn(page, page.locator("main tbody a").first());
  await page.locator("summary", { hasText: "解除绑定" }).click();
  await turn(page, page.getByRole("button", { name: "解除绑定" }));
  await page.getByText("统一身份认证的绑定已解除").waitFor();
  await page.getByLabel("身份标识").fill("shen-0043");
  await turn(page, page.getByRole("button", { name: "绑定", exact: true }));
  await page.getByText("统一身份认证已绑定").waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();

  const other = await newPage(browser);
  await other.goto(`${url}/sign-in`);
  await byProvider(other).click();
  await approve(other, "shen-0042");
  await other.getByText("还没有绑定本系统的账号").waitFor();
  await other.context().close();
});

test("with the provider down the password is still good", async () => {
  await provider.close();
  await new Promise((resolve) => setTimeout(resolve, 10_500)); // it is asked again after ten seconds
  const page = await newPage(browser);
  await page.goto(`${url}/sign-in?next=%2Fjob`);
  await byProvider(page).click();
  await page.getByText("统一身份认证暂时连不上").waitFor();
  await page.getByLabel("账号").fill(operator.name);
  await page.getByLabel("密码", { exact: true }).fill(operator.password);
  await turn(page, page.getByRole("button", { name: "登录", exact: true }));
  assert.equal(new URL(page.url()).pathname, "/job");
  await page.context().close();
});
