// The people of the stories: accounts opened by the administrator, signed in through the page like anybody else.

import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newPage, turn } from "./browser.mjs";

const OWN_PASSWORD = "Xidian-2026-geren";

/** The one-time password that `gonghui init` left in a file of the data folder: its name and text. */
export function firstPassword(gonghui) {
  const file = readdirSync(gonghui.data).find((name) => name.includes("password"));
  if (!file || !existsSync(join(gonghui.data, file))) throw new Error(`no password file in ${gonghui.data}`);
  const text = readFileSync(join(gonghui.data, file), "utf8");
  const password = text.trim().split(/\s+/).pop();
  return { name: "admin", password };
}

/** Signs in; a one-time password is replaced by the person's own on the way. */
export async function signIn(page, url, account) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("账号").fill(account.name);
  await page.getByLabel("密码", { exact: true }).fill(account.password);
  await turn(page, page.getByRole("button", { name: "登录" }));
  if (await page.getByRole("button", { name: "保存新密码" }).count()) {
    await replacePassword(page, account.password);
    account.password = OWN_PASSWORD;
  }
  await page.getByRole("heading", { level: 1 }).first().waitFor();
}

async function replacePassword(page, password) {
  const fields = page.locator("input[type=password]");
  const count = await fields.count(); // the old one first, where it is asked for
  if (count === 3) await fields.nth(0).fill(password);
  await fields.nth(count - 2).fill(OWN_PASSWORD);
  await fields.nth(count - 1).fill(OWN_PASSWORD);
  await turn(page, page.getByRole("button", { name: "保存新密码" }));
}

/** The administrator opens an account; answers its name and one-time password. */
export async function openAccount(admin, url, { name, person, role, union }) {
  await admin.goto(`${url}/account/new`);
  await admin.getByLabel("姓名").fill(person);
  await admin.getByLabel("登录名").fill(name);
  await admin.getByLabel("角色").selectOption({ label: role });
  await admin.getByLabel("所属工会").fill(union);
  await turn(admin, admin.getByRole("button", { name: "开通" }));
  const shown = admin.locator(".flash b.mono");
  if (!(await shown.count())) throw new Error(`no account for ${name}: ${await admin.locator("main").innerText()}`);
  const password = (await shown.first().textContent()).trim();
  return { name, password };
}

/** What an authenticator app shows now for a key as it stands on the page (RFC 6238). */
export function totp(key, at = Date.now()) {
  const bits = [...key.replace(/\s/g, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", secret).update(step).digest();
  const word = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, "0");
}

/** A signed-in page of a session of its own. */
export async function pageOf(browser, url, account, options) {
  const page = await newPage(browser, options);
  await signIn(page, url, account);
  return page;
}
