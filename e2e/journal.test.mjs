// Who saw whom: the journal turns by its rows, by whole pages, to the last and back, narrows to a person and an act, and is open to the
// auditor alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

/** Rows of one page of the journal. */
const PAGE = 50;
const LOOKS = 60;

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

test("the journal turns by its rows, and narrows to one person's looks at members", async () => {
  const officer = await pageOf(town.browser, town.url, town.officer);
  for (let at = 0; at < LOOKS; at++) {
    const answer = await officer.request.get(`${town.url}/union/U101/member/M${1000 + (at % 30)}`);
    assert.equal(answer.status(), 200);
  }
  assert.equal((await officer.goto(`${town.url}/journal`)).status(), 403);
  await officer.context().close();

  const page = await pageOf(town.browser, town.url, town.watcher);
  await page.goto(`${town.url}/journal`);
  const rows = () => page.locator("main tbody tr").allInnerTexts();
  const all = Number(/(\d+) 条/.exec(await page.locator("h1").innerText())[1]);
  assert.ok(all > LOOKS && all <= 2 * PAGE, `${all} rows`);
  const newest = await rows();
  assert.equal(newest.length, PAGE);
  await turn(page, page.getByRole("link", { name: "更早的" }));
  const older = await rows();
  assert.equal(older.length, all - PAGE, "what was written since is not among the older ones");
  assert.equal(new Set([...newest, ...older]).size, all, "no row twice, none left out");
  assert.equal(await page.getByRole("link", { name: "更早的" }).count(), 0);
  await turn(page, page.getByRole("link", { name: "最新的" }));
  assert.deepEqual(await rows(), newest);

  await page.getByLabel("操作人").fill("王丽华");
  await page.locator("select[name=action]").selectOption({ label: "查看会员资料" });
  await turn(page, page.getByRole("button", { name: "查询" }));
  assert.match(await page.locator("h1").innerText(), new RegExp(`${LOOKS} 条`));
  assert.ok((await rows()).every((row) => row.includes("查看会员资料") && row.includes("王丽华")));
  await turn(page, page.getByRole("link", { name: "更早的" }));
  assert.equal((await rows()).length, LOOKS - PAGE, "the filter goes on to the next page");
  await page.goto(`${town.url}/journal?result=refused`);
  assert.match(await page.locator("main tbody").innerText(), /GET \/journal/, "who tried without the right stands there");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});
