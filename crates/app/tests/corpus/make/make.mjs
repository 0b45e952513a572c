// The same roster by SheetJS, and a workbook with a password by its container library: node make.mjs FOLDER
import { writeFileSync } from "node:fs";
import CFB from "cfb";
import XLSX from "xlsx";

const out = process.argv[2];
const day = (year, month, date) => new Date(Date.UTC(year, month - 1, date));
const rows = [
  ["会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"],
  ["0001", "U1", "王·明", "330226199001010027", "13800000001", day(2020, 1, 2)],
  ["0002", "U1", "𠮷田𪚥", "330226199001010043", "0574-87654321", day(2020, 1, 2)],
  ["0003", "U1", "李", "330226196704010011", "", day(1999, 12, 31)],
  ["0004", "U2", "阿卜杜热西提·麦麦提艾力·吐尔逊", "", "13800000004", null],
];
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(rows, { cellDates: true, UTC: true }), "会员");
XLSX.writeFile(book, `${out}/members-sheetjs.xlsx`, { compression: true, UTC: true });
writeFileSync(`${out}/members-sheetjs.csv`, "\ufeff" + XLSX.utils.sheet_to_csv(book.Sheets["会员"], { dateNF: "yyyy-mm-dd", UTC: true }));

const sealed = CFB.utils.cfb_new();
CFB.utils.cfb_add(sealed, "/EncryptionInfo", Buffer.alloc(200, 1));
CFB.utils.cfb_add(sealed, "/EncryptedPackage", Buffer.alloc(9000, 2));
writeFileSync(`${out}/members-password.xlsx`, CFB.write(sealed, { type: "buffer" }));
