// The interface for programs: a token made on its page and used as the guide says, and every operation tried by schemathesis with
// requests made from the document.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { TENGHAO } from "./lib/city.mjs";
import { ROOT } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";
import { itemOf, openTown } from "./lib/town.mjs";

/** All that a city officer's token may have; what changes much by one request has a token of its own, tried last. */
const SCOPES = ["union:read", "member:read", "list:read", "list:write", "import:read", "import:write", "run:read", "journal:read"];
const GRAVE = ["union:read", "union:write", "member:read", "member:write", "account:read", "run:read", "run:write"];

process.env.GONGHUI_API_LIMIT = "1000000"; // The tool comes as fast as it can.
let town;
before(async () => (town = await openTown()));
after(() => town?.close());

async function ask(path, secret, init = {}) {
  const response = await fetch(`${town.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${secret}`, ...init.headers } });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test("a person makes a token, a program uses it, and once withdrawn it is refused", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/token`);
  await page.getByLabel("给哪个系统用").fill("年报系统");
  await page.getByLabel("登录密码").fill(town.officer.password);
  await turn(page, page.getByRole("button", { name: "新建令牌" }));
  await page.getByText("至少选择一项范围").waitFor();
  page.troubles.length = 0; // The refused form answered 422, which the browser reports.
  assert.equal(await page.getByLabel("给哪个系统用").inputValue(), "年报系统", "what was typed stays");
  await page.getByLabel("读取清单和用人单位").check();
  await page.getByLabel("办理清单").check();
  await page.getByLabel("登录密码").fill(town.officer.password);
  await turn(page, page.getByRole("button", { name: "新建令牌" }));
  const secret = await page.locator("#token-secret").innerText();
  assert.match(secret, /^gonghui_[0-9a-f]{64}$/);

  const { item_id: number } = itemOf(town, "found-25", TENGHAO);
  const item = await ask(`/list-items/${number}`, secret);
  assert.equal(item.status, 200);
  assert.equal(item.body.item.name, TENGHAO.name);
  assert.equal((await ask("/unions", secret)).status, 403, "the account may, the token may not");
  const step = () =>
    ask(`/list-items/${number}/steps`, secret, {
      method: "POST",
      headers: { "content-type": "application/json", "if-match": item.headers.get("etag"), "idempotency-key": "nightly-1" },
      body: JSON.stringify({ step: "assign", owner: town.fieldWorker.name }),
    });
  const done = await step();
  assert.equal(done.status, 200, JSON.stringify(done.body));
  assert.deepEqual((await step()).body, done.body, "sent twice, done once");
  await page.goto(`${town.url}/item/${number}`);
  await page.getByText("派单").or(page.getByText("派发")).first().waitFor();

  await page.goto(`${town.url}/token`);
  assert.ok(!(await page.content()).includes(secret), "shown once");
  await page.getByText("撤回…").click();
  await page.getByLabel("撤回后不能恢复").check();
  await turn(page, page.getByRole("button", { name: "撤回", exact: true }));
  await page.getByText("已撤回“年报系统”").waitFor();
  const refused = await ask("/me", secret);
  assert.equal(refused.status, 401);
  assert.equal(refused.body.code, "API-401");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

/** Runs the script without stopping this process, which reads what the server writes. */
function schemathesis(...args) {
  const tried = spawn(join(ROOT, "scripts/schemathesis.sh"), args);
  let said = "";
  tried.stdout.on("data", (chunk) => (said += chunk));
  tried.stderr.on("data", (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    tried.once("error", reject);
    tried.once("close", (status) => resolve({ status, said }));
  });
}

const token = (account, ...scopes) =>
  town.gonghui.run("token", "make", "--account", account, "--name", "schemathesis", ...scopes.flatMap((scope) => ["--scope", scope])).trim();

test("schemathesis finds nothing with all its checks", { timeout: 800_000 }, async () => {
  const installed = await schemathesis("install");
  assert.equal(installed.status, 0, installed.said);
  // A seed, so that a failure is the same tomorrow; `scripts/schemathesis.sh URL TOKEN` alone tries others.
  const usual = ["--max-examples", "5", "--seed", "25"];
  const city = token(town.cityOfficer.name, ...SCOPES);
  const all = await schemathesis(town.url, city, ...usual);
  assert.equal(all.status, 0, all.said);
  // Founding is a town's business.
  const officer = token(town.officer.name, "list:read", "list:write", "union:found");
  const founding = await schemathesis(town.url, officer, ...usual, "--include-tag", "清单");
  assert.equal(founding.status, 0, founding.said);
  const grave = token(town.cityOfficer.name, ...GRAVE);
  const changes = await schemathesis(town.url, grave, ...usual);
  assert.equal(changes.status, 0, changes.said);
});
