// The search box: a member by name, pinyin, initials and the end of a number; what is typed stays out of addresses. The tree.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { turn } from "./lib/browser.mjs";
import { idNumber, personName } from "./lib/codes.mjs";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
before(async () => {
  town = await openTown();
});
after(() => town?.close());

/** Types into the search box as people do: `/`, the text, Enter. Answers the members that are shown. */
async function search(page, text) {
  await page.keyboard.press("/");
  await page.keyboard.type(text);
  const loaded = page.waitForEvent("load");
  await page.keyboard.press("Enter");
  await loaded;
  return page.locator("section", { has: page.locator("#h-members") });
}

test("a member is found from the search box by keyboard alone, and no address knows who was looked for", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/union`);
  const name = personName(200);
  const number = idNumber(200);
  for (const typed of [name, `${name} ${number.slice(-4)}`, `双林模具 ${number.slice(-4)}`, number]) {
    const found = await search(page, typed);
    assert.ok((await found.innerText()).includes("M1000"), `${typed}: ${await found.innerText()}`);
    assert.equal(new URL(page.url()).search, "", "what was typed is posted");
  }
  assert.ok(!(await page.content()).includes(number), "a whole number does not come back");
  await search(page, `${name} 0000`);
  assert.match(await page.locator("main").innerText(), /没有找到.*会员/, "what is missing is one sentence");
  assert.equal(await page.locator("main table").count(), 0, "and no empty table");
  const unions = page.locator("section", { has: page.locator("#h-unions") });
  await search(page, "shuanglin");
  assert.match(await unions.innerText(), /双林模具/);
  await search(page, "slmj");
  assert.match(await unions.innerText(), /双林模具/);
  await page.context().close();
});

test("an address searches no members, and a button does", async () => {
  const page = await pageOf(town.browser, town.url, town.officer);
  await page.goto(`${town.url}/search?q=${encodeURIComponent(personName(200))}`);
  await turn(page, page.getByRole("button", { name: "在会员中查找" }));
  assert.ok((await page.locator("main").innerText()).includes("M1000"));
  await page.context().close();
});

test("the tree opens a branch on a click, and by links without script", async () => {
  const page = await pageOf(town.browser, town.url, town.cityOfficer);
  await page.goto(`${town.url}/union/tree`);
  const closed = page.locator(".branch .branch > li > details:not([open])").first();
  const summary = closed.locator("summary");
  await summary.click();
  await page.locator(".branch .branch .branch > li").first().waitFor();
  await page.context().close();
  const plain = await pageOf(town.browser, town.url, town.cityOfficer, { javaScriptEnabled: false });
  await plain.goto(`${town.url}/union/tree`);
  const href = await plain.locator(".branch .branch details p a").first().getAttribute("href");
  await plain.goto(`${town.url}${href}`);
  assert.ok((await plain.locator(".branch .branch .branch > li").count()) > 0);
  assert.equal(await plain.locator(".tree a[aria-current]").count(), 1);
  await plain.context().close();
});
