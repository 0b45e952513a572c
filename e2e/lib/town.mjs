// A served town: data imported and reconciled by the commands an administrator would use, and its people.

import { join } from "node:path";
import { launch } from "./browser.mjs";
import { COUNTY, TOWN, writeCity } from "./city.mjs";
import { Gonghui } from "./gonghui.mjs";
import { firstPassword, openAccount, pageOf } from "./people.mjs";

/** Makes the folder, imports, runs the main job, serves, opens the accounts. `close()` when done; `settings` as of `serve`. */
export async function openTown(settings) {
  const gonghui = new Gonghui();
  const browser = await launch();
  const town = { gonghui, browser, files: join(gonghui.folder, "files"), close: () => closeAll(browser, gonghui) };
  try {
    writeCity(town.files);
    gonghui.run("init");
    gonghui.run("import", town.files);
    town.url = await gonghui.serve(settings);
    const admin = await pageOf(browser, town.url, (town.admin = firstPassword(gonghui)));
    town.fieldWorker = await openAccount(admin, town.url, { name: "xidian-pianqu", person: "李卫东", role: "片区专职工作者", union: `${COUNTY}${TOWN}总工会` });
    town.officer = await openAccount(admin, town.url, { name: "xidian-ganbu", person: "王丽华", role: "镇街干部", union: `${COUNTY}${TOWN}总工会` });
    town.cityOfficer = await openAccount(admin, town.url, { name: "shi-ganbu", person: "周明", role: "市总干部", union: "宁波市总工会" });
    town.operator = await openAccount(admin, town.url, { name: "xitong", person: "沈系统", role: "系统管理员", union: "" });
    town.watcher = await openAccount(admin, town.url, { name: "shenji", person: "韩安审", role: "安全审计员", union: "" });
    await admin.context().close();
    gonghui.run("reconcile");
    return town;
  } catch (error) {
    await town.close();
    throw error;
  }
}

async function closeAll(browser, gonghui) {
  await browser.close();
  await gonghui.remove();
}

/** The one list item about an employer under a rule, open or closed; undefined when there is none. */
export function itemOf(town, rule, employer) {
  const items = town.gonghui.list("--rule", rule, "--all").filter((item) => item.subject_id === employer.id);
  if (items.length > 1) throw new Error(`${items.length} items of ${rule} for ${employer.name}; one item has one row for life`);
  return items[0];
}
