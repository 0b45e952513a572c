// A very small city, written by hand: one town of 宁海县 and the employers that the stories are about.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { day, idNumber, personName, uscc } from "./codes.mjs";

export const COUNTY = "宁海县";
export const TOWN = "西店镇";

/** 13 months old, 60 insured, no union: the employer of the story. */
export const TENGHAO = employer("E001", "MA2T1R3C", "宁波腾浩户外用品有限公司", { founded: day({ months: -13 }), insured: 60, legalRep: "邵国海" });
/** Looks like one to organise, and is not: its staff are sent elsewhere. To be refuted. */
export const CHENGUANG = employer("E002", "MA2T2K4D", "宁海县晨光文具有限公司", { founded: day({ months: -40 }), insured: 40, legalRep: "葛秀英" });
/** Has its union, and most of its staff are members. */
export const SHUANGLIN = employer("E003", "MA2T3P5E", "宁海双林模具有限公司", { founded: day({ months: -90 }), insured: 50, legalRep: "邬建军" });
/** Struck off, its union still in the register. */
export const YONGXING = employer("E004", "MA2T4Q6F", "宁海永兴灯具有限公司", { founded: day({ months: -120 }), insured: 0, legalRep: "娄明", status: "注销" });
/** Small: one for a joint union. */
export const FENGMAO = employer("E005", "MA2T5R7G", "宁海县丰茂包装材料有限公司", { founded: day({ months: -30 }), insured: 14, legalRep: "叶海燕" });
export const EMPLOYERS = [TENGHAO, CHENGUANG, SHUANGLIN, YONGXING, FENGMAO];

function employer(id, eight, name, more) {
  return { id, uscc: uscc("91", "330226", eight), name, status: "存续", ...more };
}

/** RFC 4180: a cell with a comma, a quote or a line end is quoted. */
export function csv(heads, rows) {
  const cell = (value) => (/[",\r\n]/.test(value ?? "") ? `"${value.replaceAll('"', '""')}"` : (value ?? ""));
  return [heads, ...rows].map((row) => row.map((value) => cell(value === undefined ? "" : String(value))).join(",")).join("\n") + "\n";
}

const ENTERPRISES = ["主体标识", "统一社会信用代码", "名称", "主体类型", "法定代表人", "区县", "街道乡镇", "住所", "行业代码", "成立日期", "登记状态", "注册资本(万元)", "联系电话"];
const UNIONS = ["工会标识", "工会名称", "单位统一社会信用代码", "工会统一社会信用代码", "单位名称", "单位法定代表人", "工会主席", "区县", "街道乡镇", "工会类型", "上级工会标识", "建会日期", "届满日期", "会员人数"];
const MEMBERS = ["会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"];
export const INSURANCE = ["记录号", "证件号码", "姓名", "统一社会信用代码", "单位名称", "参保起", "参保止"];
const TAX = ["记录号", "统一社会信用代码", "纳税人名称", "年度", "申报人数", "工资薪金总额(元)", "已缴工会经费(元)", "已缴筹备金(元)"];

/** The insured rows of one employer; people are numbered from `first`. */
export function insured(employer, first, count = employer.insured) {
  return Array.from({ length: count }, (_, at) => {
    const person = first + at;
    return [`I${String(person).padStart(5, "0")}`, idNumber(person), personName(person), employer.uscc, employer.name, day({ months: -8 }), ""];
  });
}

/** Writes the agencies' and the unions' files into `folder`. */
export function writeCity(folder) {
  mkdirSync(folder, { recursive: true });
  const write = (kind, heads, rows) => writeFileSync(join(folder, `${kind}.csv`), csv(heads, rows));

  write("enterprises", ENTERPRISES, EMPLOYERS.map((employer, at) => [
    employer.id, employer.uscc, employer.name, "有限责任公司", employer.legalRep, COUNTY, TOWN,
    `浙江省宁波市${COUNTY}${TOWN}滨海工业园区${10 + at}号`, "C2449", employer.founded, employer.status, 500, `0574-6512${3400 + at}`,
  ]));

  const general = (id, name, parent, county, town) => [id, name, "", "", "", "", "", county, town, "总工会", parent, "1995-05-01", day({ months: 30 }), ""];
  const base = (id, employer, members) => [
    id, `${employer.name}工会委员会`, employer.uscc, uscc("81", "330226", `MC0${id}0`.slice(0, 8)), employer.name, employer.legalRep, personName(901),
    COUNTY, TOWN, "独立基层工会", "U003", day({ months: -36 }), day({ months: 24 }), members,
  ];
  write("unions", UNIONS, [
    general("U001", "宁波市总工会", "", "", ""),
    general("U002", "宁海县总工会", "U001", COUNTY, ""),
    general("U003", "宁海县西店镇总工会", "U002", COUNTY, TOWN),
    base("U101", SHUANGLIN, 45),
    base("U102", YONGXING, 12),
  ]);

  write("members", MEMBERS, [
    ...Array.from({ length: 45 }, (_, at) => [`M${1000 + at}`, "U101", personName(200 + at), idNumber(200 + at), `1385742${String(1000 + at)}`, day({ months: -20 })]),
    ...Array.from({ length: 12 }, (_, at) => [`M${2000 + at}`, "U102", personName(600 + at), idNumber(600 + at), `1385743${String(1000 + at)}`, day({ months: -30 })]),
  ]);

  write("insurance", INSURANCE, [...insured(TENGHAO, 1), ...insured(CHENGUANG, 100), ...insured(SHUANGLIN, 200), ...insured(FENGMAO, 300)]);

  const year = Number(day().slice(0, 4)) - 1;
  write("tax", TAX, EMPLOYERS.filter((employer) => employer.insured).map((employer, at) => [
    `T${100 + at}`, employer.uscc, employer.name, year, employer.insured, employer.insured * 92_000, employer === SHUANGLIN ? employer.insured * 1840 : "", "",
  ]));
}
