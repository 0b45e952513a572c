// Takes the pictures of the README and the guide from the demo city: `node guide-pictures.mjs URL PASSWORD`, with
// `FRESH=1 make run` serving it (some pictures are of the first time something is done). Not a test; run it when a page has
// changed enough for its picture to mislead.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DESK, launch, newPage, PHONE, turn } from "./lib/browser.mjs";
import { csv } from "./lib/city.mjs";
import { day } from "./lib/codes.mjs";
import { ROOT } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";

const [url, password] = process.argv.slice(2);
if (!password) throw new Error("usage: node guide-pictures.mjs URL PASSWORD (both are printed by make run)");
const folder = join(ROOT, "docs/images");
mkdirSync(folder, { recursive: true });

const browser = await launch();

/** The first screen, or less where the page ends before. */
async function shoot(page, name, size = DESK) {
  await page.setViewportSize(size);
  await page.evaluate(speakChinese);
  const end = await page.evaluate(() => {
    const parts = document.querySelectorAll("main > *, main .card, .side a, .entry .box");
    return Math.max(...[...parts].map((part) => part.getBoundingClientRect().bottom)) + 24;
  });
  const height = Math.min(size.height, Math.max(Math.ceil(end), 480));
  await page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 0, width: size.width, height } });
  await page.setViewportSize(DESK);
}

/** A date and a file are asked for in the browser's own words, and this browser knows English only: those of a Chinese one. */
function speakChinese() {
  for (const field of document.querySelectorAll("input[type=date]")) {
    const shown = field.value.replaceAll("-", "/") || "年/月/日";
    field.type = "text";
    field.value = shown;
  }
  for (const field of document.querySelectorAll("input[type=file]")) {
    const shown = document.createElement("div");
    shown.className = field.className;
    shown.textContent = "选择文件　未选择任何文件";
    field.replaceWith(shown);
  }
}

/** The first item of the town's task list that speaks of founding. */
async function openFirst(page) {
  await page.goto(`${url}/worklist/task?rule=found-25`);
  await turn(page, page.locator("[data-open]").first());
}

/** The addresses of the base unions of a page's list. */
async function baseUnions(page) {
  await page.goto(`${url}/union?type=single`);
  return page.locator("main tbody td a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
}

// Pages as they stand.
for (const [name, pictures] of Object.entries({
  city: [
    ["home", "/"], ["task-list", "/worklist/task?rule=found-25"], ["intake", "/intake"], ["dictionary", "/dictionary?kind=members"],
    ["quality", "/quality"], ["quality-fault", "/quality/members.id_no.missing"], ["run", "/run/1"], ["union-as-of", "/union/as-of"],
    ["terms", "/term"], ["export", "/export/members"],
  ],
  xidian: [["api", "/api"]],
  manager: [["accounts", "/account"], ["matrix", "/account/matrix"], ["element-rights", "/element-right"]],
})) {
  const page = await pageOf(browser, url, { name, password });
  for (const [picture, path] of pictures) {
    await page.goto(url + path);
    await shoot(page, picture);
  }
}
const manager = await pageOf(browser, url, { name: "manager", password });
await manager.goto(`${url}/account/new`);
await manager.getByLabel("姓名").fill("周海燕");
await manager.getByLabel("登录名").fill("xidian-zhou");
await manager.getByLabel("角色").selectOption({ label: "镇街干部" });
await manager.getByLabel("所属工会").pressSequentially("西店");
await manager.locator("#f-union-found input[type=radio]").first().check();
await shoot(manager, "account-new");

// The town officer: members, and a union that changes.
const town = await pageOf(browser, url, { name: "xidian", password });
const unions = await baseUnions(town);
await town.goto(`${url}${unions[0]}/member`);
await town.locator(".reveal-link").nth(1).click();
await town.getByLabel("更正登记错误").check();
await shoot(town, "reveal");
await town.getByRole("link", { name: "取消" }).click();
await turn(town, town.locator("main tbody td.name a").first());
await shoot(town, "member");
await town.goto(`${url}${unions[0]}/change/merge`);
await town.getByLabel("并入哪个工会").fill(unions[1].split("/").pop());
await town.getByLabel("原因").fill("两家企业合并");
await turn(town, town.locator("form .bar").getByRole("button", { name: "核对影响" }));
await shoot(town, "union-change");

// The town's zone of the demo, and the zones of a day.
await town.goto(`${url}/zone`);
await turn(town, town.locator("main tbody td a").first());
await shoot(town, "zone");
await town.goto(`${url}/zone/as-of?day=${day()}`);
await shoot(town, "zone-as-of");
await town.goto(`${url}${unions[0]}/term`);
const term = town.locator("section.card", { has: town.getByRole("heading", { name: "换届登记" }) });
await term.getByLabel("主席", { exact: true }).fill("葛秀英");
await term.getByLabel("委员", { exact: true }).fill("鲍建军、邵国海");
await turn(town, term.getByRole("button", { name: "登记换届" }));
await shoot(town, "union-term");
await town.goto(`${url}/worklist/task`);
await town.getByRole("checkbox", { name: /选择全部/ }).check();
await town.getByLabel("批量办理").selectOption("assign");
await turn(town, town.getByRole("button", { name: "下一步" }));
await shoot(town, "bulk");

// The city officer: covers, finding, checking a file, the same person twice, a second person for what is much.
const city = await pageOf(browser, url, { name: "city", password });
await city.goto(`${url}/union?type=joint`);
await turn(city, city.locator("main tbody a").first());
await city.goto(`${city.url()}/cover`);
await city.locator(".officers summary").first().click();
await shoot(city, "union-covers");
await city.goto(`${url}/union`);
await city.getByRole("searchbox").first().fill("wangf");
const found = city.waitForEvent("load");
await city.keyboard.press("Enter");
await found;
await shoot(city, "search");
await city.goto(`${url}${unions[0]}/member`);
const members = await city.locator("main tbody td.name small").allTextContents();
await city.goto(`${url}/intake`);
await city.locator('input[name="kind"][value="members"]').check();
const rows = [["U", members[0], "13957420001", ""], ["U", members[1], "1395742", ""], ["U", members[2], "", "2026-02-30"], ["U", "", "13957420004", ""]];
const file = csv(["操作", "会员标识", "移动电话", "入会日期"], rows);
await city.locator("#f-file").setInputFiles({ name: "会员更正.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
await turn(city, city.getByRole("button", { name: "上传并核对" }));
await city.getByRole("link", { name: "看核对结果" }).click();
await city.getByRole("heading", { name: "导入还是放弃" }).waitFor();
await shoot(city, "check");
await turn(city, city.getByRole("button", { name: "放弃" }));
await city.goto(`${url}/member/duplicate`);
await turn(city, city.getByRole("link", { name: "核对" }).first());
await shoot(city, "member-merge");
await city.goto(`${url}/export/members`);
await city.getByLabel("用途", { exact: true }).fill("年报核对");
await turn(city, city.getByRole("button", { name: "导出" }));
await shoot(city, "approval");

// Consent, and what a member sees with a phone.
await city.goto(`${url}/notice`);
if (await city.getByRole("heading", { name: "还没有告知书" }).count()) {
  await city.getByLabel("告知书全文").fill(
    "处理者：宁波市总工会，电话 0574-12351。\n目的和方式：会籍管理依法办理；服务通知、普惠活动、帮扶和宣传经您同意后办理。\n信息种类：姓名、证件号码、移动电话、工作单位。\n保存期限：会籍终止后十年，到期匿名化。\n您可以查阅、复制、更正，随时撤回同意。",
  );
  await turn(city, city.getByRole("button", { name: "发布" }));
}
const member = `${url}${unions[0]}/member/${members[3]}`;
await city.goto(member);
const consent = city.locator("section", { has: city.locator("#h-consent") });
await consent.getByText("登记同意、不同意或撤回…").click();
await consent.getByLabel("服务通知").check();
await consent.scrollIntoViewIfNeeded();
await shoot(city, "consent");
await city.goto(`${url}${unions[0]}/member?reveal=${members[3]}`);
await city.getByLabel("更正登记错误").check();
await city.getByRole("button", { name: "显示号码" }).click();
const number = (await city.locator("[data-secret]").textContent()).trim();
await city.goto(member);
await turn(city, city.getByRole("button", { name: "发放查询码" }));
const code = (await city.locator("[data-pass]").textContent()).trim();
const own = await newPage(browser, { viewport: PHONE });
await own.goto(`${url}/me`);
await own.getByLabel("查询码").fill(code);
await own.getByLabel("证件号码后六位").fill(number.slice(-6));
await turn(own, own.getByRole("button", { name: "查看我的资料" }));
await shoot(own, "own", PHONE);

// The field worker's item, and the union that comes of it.
const worker = await pageOf(browser, url, { name: "xidian1", password });
await openFirst(worker);
await shoot(worker, "item-field-worker");
const begin = worker.getByRole("button", { name: "开始核实" });
if (await begin.count()) await turn(worker, begin);
const confirm = worker.locator("details", { has: worker.locator("summary", { hasText: "核实属实" }) });
if (await confirm.count()) {
  await confirm.locator("summary").click();
  await turn(worker, confirm.getByRole("button"));
}
const address = new URL(worker.url());
await town.goto(`${url}${address.pathname}/found`);
await shoot(town, "founding");

// The second factor while it is set up; the key of the picture is void as soon as the set-up begins again.
const chair = await pageOf(browser, url, { name: "chair", password });
await chair.goto(`${url}/second-factor`);
const start = chair.getByRole("button", { name: "开始设置" });
if (await start.count()) {
  await chair.getByLabel("登录密码").fill(password);
  await turn(chair, start);
}
await shoot(chair, "second-factor");
await chair.getByText("换一个密钥，重新开始…").click();
await chair.getByLabel("登录密码").fill(password);
await turn(chair, chair.getByRole("button", { name: "重新开始" }));

await town.goto(`${url}/delegation`);
await town.getByLabel("代办人的登录名").fill("xidian1");
await town.getByLabel("到（含当日）").fill(day({ days: 3 }));
await town.getByLabel("原因").fill("外出培训");
await town.getByLabel("登录密码").fill(password);
await turn(town, town.getByRole("button", { name: "授权", exact: true }));
await worker.goto(`${url}/delegation`);
await turn(worker, worker.getByRole("button", { name: /的名义办理/ }).first());
await worker.goto(`${url}/worklist/task`);
await shoot(worker, "acting");
await turn(worker, worker.getByRole("button", { name: "恢复本人身份" }));

// Last, so that it has something to tell.
const watcher = await pageOf(browser, url, { name: "watcher", password });
await watcher.goto(`${url}/journal`);
await shoot(watcher, "journal");
await browser.close();
