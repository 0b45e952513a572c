// A bad file: command and page say the same sentence, nothing is half-written, and what was there stays.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pageOf } from "./lib/people.mjs";
import { openTown } from "./lib/town.mjs";

let town;
before(async () => (town = await openTown()));
after(() => town?.close());

const BAD = [
  ["empty", "empty.csv", Buffer.alloc(0)],
  ["a column missing", "missing.csv", Buffer.from("主体标识,名称\nE9,宁海县某某有限公司\n")],
  ["a workbook cut short", "short.xlsx", Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(400, 7)])],
  ["an old workbook renamed", "renamed.xlsx", Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(2000)])],
];

for (const [what, name, bytes] of BAD) {
  test(`${what}: refused whole, in words, the same on the command line and on the page`, async () => {
    const file = join(town.gonghui.folder, name);
    writeFileSync(file, bytes);
    const before = town.gonghui.run("export", "list", "--all");

    const ended = town.gonghui.try("import", "--kind", "enterprises", file);
    assert.equal(ended.status, 1, ended.stderr);
    const said = ended.stderr.split("\n").find((line) => line.includes(name));
    assert.ok(said, `the file is named: ${ended.stderr}`);

    const page = await pageOf(town.browser, town.url, town.cityOfficer);
    await page.goto(`${town.url}/intake`);
    await page.locator('input[name="kind"][value="enterprises"]').check();
    await page.locator("#f-file").setInputFiles(file);
    await page.getByRole("button", { name: "上传并导入" }).click();
    const reason = sentence(said, name);
    await page.getByText(reason.slice(0, 12)).first().waitFor();
    await page.context().close();

    town.gonghui.run("reconcile");
    assert.equal(town.gonghui.run("export", "list", "--all"), before, "nothing has changed");
  });
}

/** What follows the file's name: the reason itself. */
function sentence(line, name) {
  return line.slice(line.indexOf(name) + name.length).replace(/^[：:，,\s」”"）)]+/, "").trim();
}
