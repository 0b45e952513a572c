// Takes the pictures of the README and the guide from the demo city: `node guide-pictures.mjs URL PASSWORD`, with
// `make run` serving it. Not a test; run it when a page has changed enough for its picture to mislead.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DESK, launch, turn } from "./lib/browser.mjs";
import { ROOT } from "./lib/gonghui.mjs";
import { pageOf } from "./lib/people.mjs";

const [url, password] = process.argv.slice(2);
if (!password) throw new Error("usage: node guide-pictures.mjs URL PASSWORD (both are printed by make run)");
const folder = join(ROOT, "docs/images");
mkdirSync(folder, { recursive: true });

const browser = await launch();
const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 0, ...DESK } });

/** The first item of the town's task list that speaks of founding. */
async function openFirst(page) {
  await page.goto(`${url}/worklist/task?rule=found-25`);
  await turn(page, page.locator("[data-open]").first());
}

for (const [name, pictures] of Object.entries({
  city: [["home", "/"], ["task-list", "/worklist/task?rule=found-25"], ["intake", "/intake"], ["dictionary", "/dictionary?kind=members"], ["quality", "/quality"], ["run", "/run/1"]],
  manager: [["accounts", "/account"]],
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

const town = await pageOf(browser, url, { name: "xidian", password });
await town.goto(`${url}/union?type=single`);
await turn(town, town.locator("main tbody a").first());
await town.goto(`${town.url()}/member`);
await town.locator(".reveal-link").nth(1).click();
await town.getByLabel("更正登记错误").check();
await shoot(town, "reveal");
await town.getByRole("link", { name: "取消" }).click();
await turn(town, town.locator("main tbody td.name a").first());
await shoot(town, "member");
await town.goto(`${url}/union?type=single`);
const unions = await town.locator("main tbody td a").evaluateAll((links) => links.map((link) => [link.textContent.trim(), link.getAttribute("href")]));
await town.goto(`${url}${unions[0][1]}/change/merge`);
await town.getByLabel("并入哪个工会").fill(unions[1][1].split("/").pop());
await town.getByLabel("原因").fill("两家企业合并");
await turn(town, town.locator("form .bar").getByRole("button", { name: "核对影响" }));
await shoot(town, "union-change");
await town.goto(`${url}${unions[0][1]}/term`);
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
const officer = await pageOf(browser, url, { name: "xidian", password });
await officer.goto(`${url}${address.pathname}/found`);
await shoot(officer, "founding");

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

await officer.goto(`${url}/delegation`);
await officer.getByLabel("代办人的登录名").fill("xidian1");
await officer.getByLabel("到（含当日）").fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10));
await officer.getByLabel("原因").fill("外出培训");
await officer.getByLabel("登录密码").fill(password);
await turn(officer, officer.getByRole("button", { name: "授权", exact: true }));
await worker.goto(`${url}/delegation`);
await turn(worker, worker.getByRole("button", { name: /的名义办理/ }).first());
await worker.goto(`${url}/worklist/task`);
await shoot(worker, "acting");
await turn(worker, worker.getByRole("button", { name: "恢复本人身份" }));
await browser.close();
