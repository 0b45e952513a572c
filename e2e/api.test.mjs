// The interface for programs: a token made on its page and used as the guide says, and every operation tried by schemathesis with
// requests made from the document.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { TENGHAO } from "./lib/city.mjs";
import { idNumber } from "./lib/codes.mjs";
import { ROOT } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";
import { itemOf, openTown } from "./lib/town.mjs";

/** All that a city officer's token may have, but starting runs and undoing, which come last. */
const SCOPES = [
  ...["union:read", "union:write", "member:read", "member:write", "member:erase", "list:read", "list:write", "import:read", "import:write"],
  ...["export:write", "run:read", "journal:read", "account:read", "approval:write"],
];
/** What undoes, and the jobs that are over in a moment. */
const LAST = ["previewUndo", "undoBatch", "askUndoApproval", "countQuality", "findTransferSuggestions"];
/** What computes for seconds: it is queued, asked about and stopped; whatever still waits at the end is stopped as well. */
const RUNS = ["startRun", "listRuns", "getRun", "listJobs", "getJob", "cancelJob"];

/** The person that the city makes the first member of. */
const MEMBERS_FIRST = 200;

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

/** The code that a union hands to a member, from the member's page. */
async function passOf(union_id, member_id) {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/union/${union_id}/member/${member_id}`);
  await turn(page, page.getByRole("button", { name: "发放查询码" }));
  const code = await page.locator("[data-pass]").innerText();
  await page.context().close();
  return code;
}

/** Records that are there, made where the town has none: a request about one that is not would only ever be told 404. */
async function parameters(secret, colleague) {
  const send = async (method, path, body, token = secret) => {
    const type = typeof body === "string" ? "application/octet-stream" : "application/json";
    const answer = await ask(path, token, { method, headers: { "content-type": type }, body: typeof body === "string" ? body : JSON.stringify(body) });
    assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const post = (path, body, token) => send("POST", path, body, token);
  const done = async ({ job_id }) => {
    for (let tries = 0; tries < 300; tries++) {
      const job = (await ask(`/jobs/${job_id}`, secret)).body;
      if (job.state === "done") return job.result.match(/\d+/g).at(-1);
      assert.ok(["queued", "running"].includes(job.state), JSON.stringify(job));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`job ${job_id} is not done after half a minute`);
  };
  const first = async (path) => {
    const { status, body } = await ask(path, secret);
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
    return body.items[0];
  };
  const { union_id, member_id } = await first("/members?limit=1");
  const { plates } = await post(`/unions/${union_id}/plates`, { name: "西店镇小家电行业工会", since: "2026-01-01" });
  const { officers } = await post(`/unions/${union_id}/officers`, { body: "audit", post: "chair", name: "王芳", day: "2026-01-01" });
  // Only a joint union covers employers.
  await send("PATCH", `/unions/${union_id}`, { union_type: "联合基层工会", reason: "核实" });
  const row = MEMBERS_FIRST + Number(member_id.slice(1)) - 1000;
  const closing = await post("/member-closings", { code: await passOf(union_id, member_id), tail: idNumber(row).slice(-6), words: "已离开本地" });
  const due = { until: "2015-01-01", seen: 0, reason: "到期" };
  const asked = await post("/memberships-due/approvals", due, colleague);
  const erased = await post("/memberships-due/anonymise", { until: due.until, seen: 0 });
  const below = async (under) => (await first(`/tree?limit=1${under && `&under=${under}`}`)).union_id;
  const town_id = await below(await below(await below("")));
  const values = {
    union_id,
    member_id,
    cover_key: (await post(`/unions/${union_id}/covers`, { name: "宁海县覆盖电器厂" })).cover_key,
    closing_id: closing.closing_id,
    hold_id: (await post("/member-holds", { member_id, reason: "审计" })).hold_id,
    approval_id: asked.approval_id,
    job_id: erased.job_id,
    zone_id: (await post(`/unions/${town_id}/zones`, { name: "电商园片区" })).zone_id,
    item_no: (await first("/list-items?limit=1")).item_no,
    batch_no: (await first("/batches?limit=1")).batch_no,
    plate_id: plates[0].name_id,
    officer_id: officers.find((officer) => !officer.ended_on).officer_id,
    check_no: Number(await done(await post("/checks?kind=unions&file_name=unions.csv", `union_id,union_name\n${union_id},\n`))),
    export_no: Number(await done(await post("/exports", { kind: "unions", format: "csv", reason: "核对" }))),
    check_id: "members.number.repeated",
  };
  return Object.entries(values).map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`).join("\n");
}

test("schemathesis finds nothing with all its checks", { timeout: 900_000 }, async () => {
  const installed = await schemathesis("install");
  assert.equal(installed.status, 0, installed.said);
  // Whoever has not set a password of their own is refused everything, and so would their program be.
  for (const person of [town.cityOfficer, town.officer]) await (await pageOf(town.browser, town.url, person)).context().close();
  // A seed, so that a failure is the same tomorrow; `scripts/schemathesis.sh URL TOKEN` alone tries others.
  const usual = ["--max-examples", "5", "--seed", "25"];
  const city = token(town.cityOfficer.name, ...SCOPES);
  const colleague = token(town.officer.name, "member:read", "member:write", "member:erase");
  process.env.SCHEMATHESIS_PARAMETERS = await parameters(city, colleague);
  const all = await schemathesis(town.url, city, ...usual);
  assert.equal(all.status, 0, all.said);
  // Founding is a town's business.
  const officer = token(town.officer.name, "list:read", "list:write", "union:found");
  const founding = await schemathesis(town.url, officer, ...usual, "--include-tag", "清单");
  assert.equal(founding.status, 0, founding.said);
  const undoing = token(town.cityOfficer.name, "import:read", "import:undo", "run:read", "run:write");
  const last = await schemathesis(town.url, undoing, ...usual, ...LAST.flatMap((id) => ["--include-operation-id", id]));
  assert.equal(last.status, 0, last.said);
  const runner = token(town.cityOfficer.name, "run:read", "run:write");
  const runs = await schemathesis(town.url, runner, ...usual, ...RUNS.flatMap((id) => ["--include-operation-id", id]));
  await stopAll(runner);
  assert.equal(runs.status, 0, runs.said);
});

/** Stops whatever the account has waiting: what was only tried need not be computed. */
async function stopAll(secret) {
  for (let cursor = ""; cursor !== null; ) {
    const page = (await ask(`/jobs?limit=200${cursor && `&cursor=${cursor}`}`, secret)).body;
    for (const job of page.items.filter((job) => job.kind === "reconcile" && ["queued", "running"].includes(job.state))) {
      await ask(`/jobs/${job.job_id}/cancel`, secret, { method: "POST" });
    }
    cursor = page.next_cursor;
  }
}
