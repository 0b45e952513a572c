// The story of a zone: a town sets it up, puts its unions into it, its field worker is told; then nobody looks after it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESK, PHONE, overflow, turn } from "./lib/browser.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

const ZONE = "电商园片区";
let town;
before(async () => (town = await openTown()));
after(() => town?.close());

test("a town sets a zone up, fills it, and its field worker is told", async () => {
  const officer = await pageOf(town.browser, town.url, town.officer);
  await officer.setViewportSize(DESK);
  await officer.goto(`${town.url}/zone`);
  await officer.getByText("还没有片区").waitFor();
  await turn(officer, officer.getByRole("link", { name: "本级片区和未划片区的工会" }));
  const ground = officer.url();
  await officer.getByLabel("片区名称").fill(ZONE);
  await officer.locator("select[name=worker]").selectOption(town.fieldWorker.name);
  await turn(officer, officer.getByRole("button", { name: "设立片区" }));

  await officer.goto(ground);
  const boxes = await officer.locator("main input[type=checkbox][name=union]").all();
  assert.ok(boxes.length > 0, "there are unions without a zone");
  for (const box of boxes) await box.check();
  await officer.locator("main select").first().selectOption({ label: ZONE });
  await turn(officer, officer.getByRole("button", { name: "划入" }));
  await officer.getByText(`${boxes.length} 家工会已划入`).waitFor();
  await officer.getByText("所有工会都在片区里").waitFor();

  // The field worker sees it on the phone, until it is marked as read.
  const worker = await pageOf(town.browser, town.url, town.fieldWorker);
  await worker.setViewportSize(PHONE);
  await worker.goto(`${town.url}/`);
  await turn(worker, worker.getByRole("link", { name: "片区变动未阅" }));
  assert.match(await worker.locator("main").innerText(), new RegExp(ZONE));
  assert.equal(await overflow(worker), 0);
  await turn(worker, worker.getByRole("button", { name: /已阅/ }));
  await worker.goto(`${town.url}/`);
  assert.equal(await worker.getByText("片区变动未阅").count(), 0);

  await officer.goto(`${town.url}/zone`);
  await turn(officer, officer.getByRole("link", { name: ZONE }));
  assert.match(await officer.locator("h1").innerText(), new RegExp(`${ZONE}.*${boxes.length} 家工会`, "s"));
  // Handed over to nobody, it is said so.
  await officer.locator("select[name=worker]").selectOption("");
  await turn(officer, officer.getByRole("button", { name: "保存" }));
  await officer.goto(`${town.url}/zone`);
  assert.match(await officer.locator("main").innerText(), /还没有专职工作者/);
  assert.deepEqual(officer.troubles, []);
  assert.deepEqual(worker.troubles, []);
});
