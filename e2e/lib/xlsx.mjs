// The first sheet of a workbook as rows of texts, read without a library: a zip of XML files.

import { inflateRawSync } from "node:zlib";

/** The files of a zip by name; stored and deflated entries are all that workbooks have. */
function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const files = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, nameLength, extra, comment, start] = [
      bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42),
    ];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const data = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
    const raw = bytes.subarray(data, data + packed);
    files.set(name, method === 0 ? raw : inflateRawSync(raw));
    at += 46 + nameLength + extra + comment;
  }
  return files;
}

const plain = (xml) => xml.replace(/<[^>]*>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

/** Column letters to a number from 0. */
const column = (cell) => [...cell.replace(/\d/g, "")].reduce((total, letter) => total * 26 + letter.charCodeAt(0) - 64, 0) - 1;

export function sheetRows(bytes) {
  const files = unzip(bytes);
  const shared = [...(files.get("xl/sharedStrings.xml")?.toString() ?? "").matchAll(/<si>(.*?)<\/si>/gs)].map((found) => plain(found[1]));
  return [...files.get("xl/worksheets/sheet1.xml").toString().matchAll(/<row [^>]*?(?:\/>|>(.*?)<\/row>)/gs)].map(([, cells = ""]) => {
    const row = [];
    for (const [, attributes, inner = ""] of cells.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const value = inner.match(/<v>(.*?)<\/v>/s)?.[1] ?? plain(inner);
      row[column(attributes.match(/r="([A-Z]+)/)[1])] = /t="s"/.test(attributes) ? shared[Number(value)] : plain(value);
    }
    return Array.from(row, (value) => value ?? "");
  });
}
