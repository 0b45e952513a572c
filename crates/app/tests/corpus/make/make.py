"""Writes the fixtures of the bad-input corpus. Run once, with openpyxl 3.1, LibreOffice and Node with SheetJS (make.mjs) at hand:

    python3 make.py FOLDER

Nobody in them is real; numbers carry right check digits of invented births.
"""

import datetime
import pathlib
import subprocess
import sys
import zipfile

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

OUT = pathlib.Path(sys.argv[1])
HEADS = ["会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"]
DAY = datetime.date(2020, 1, 2)
#: What every program writes alike: rare characters, numbers as text, a real date.
ROSTER = [
    ["0001", "U1", "王·明", "330226199001010027", "13800000001", DAY],
    ["0002", "U1", "𠮷田𪚥", "330226199001010043", "0574-87654321", DAY],
    ["0003", "U1", "李", "33022619670401001" + "1", "", datetime.date(1999, 12, 31)],
    ["0004", "U2", "阿卜杜热西提·麦麦提艾力·吐尔逊", "", "13800000004", None],
]


def book(rows, heads=HEADS, name="会员"):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = name
    sheet.append(heads)
    for row in rows:
        sheet.append(row)
    for column in sheet.iter_cols(min_row=2):
        for cell in column:
            if isinstance(cell.value, str):
                cell.number_format = "@"
    return made


def save(name, made):
    made.save(OUT / name)


def patched(name, source, change):
    """A workbook with its parts changed: `change` takes and gives a dictionary of names and bytes."""
    with zipfile.ZipFile(source) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    with zipfile.ZipFile(OUT / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in change(parts).items():
            archive.writestr(part, data)


def office(source, ending, out):
    subprocess.run(["soffice", "--headless", "--convert-to", ending, "--outdir", str(out), str(source)], check=True, capture_output=True)


def csv(name, text, encoding="utf-8"):
    (OUT / name).write_bytes(text.encode(encoding))


def one(key, name="王小明", number="", phone="", day=None):
    return [key, "U1", name, number, phone, day]


# The same roster by each program that is at hand.
save("members-openpyxl.xlsx", book(ROSTER))
work = OUT / "work"
work.mkdir(exist_ok=True)
(work / "members-libreoffice.xlsx").write_bytes((OUT / "members-openpyxl.xlsx").read_bytes())
(work / "lo").mkdir(exist_ok=True)
office(work / "members-libreoffice.xlsx", "ods", work)
office(work / "members-libreoffice.ods", "xlsx", work / "lo")
office(work / "members-libreoffice.ods", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", work / "lo")
(OUT / "members-libreoffice.xlsx").write_bytes((work / "lo" / "members-libreoffice.xlsx").read_bytes())
(OUT / "members-libreoffice.csv").write_bytes((work / "lo" / "members-libreoffice.csv").read_bytes())
office(work / "members-libreoffice.ods", "xls", work / "lo")
(OUT / "members-xls_renamed.xlsx").write_bytes((work / "lo" / "members-libreoffice.xls").read_bytes())
(OUT / "members-ods_renamed.xlsx").write_bytes((work / "members-libreoffice.ods").read_bytes())

# Workbooks that are odd, broken or hostile.
patched("members-macro.xlsx", OUT / "members-openpyxl.xlsx", lambda parts: {**parts, "xl/vbaProject.bin": b"\0" * 64})
sparse = book([one("A1")])
sparse.active.cell(row=1_048_576, column=1, value="A2")
sparse.active.cell(row=1_048_576, column=2, value="U1")
sparse.active.cell(row=1_048_576, column=3, value="王小明")
save("members-last_row.xlsx", sparse)
wide = book([one("A1"), one("A2")])
wide.active.cell(row=3, column=16_384, value="多")
save("members-last_column.xlsx", wide)
patched("members-no_shared_strings.xlsx", OUT / "members-libreoffice.xlsx", lambda parts: {k: v for k, v in parts.items() if k != "xl/sharedStrings.xml"})
mac = book([])
mac.epoch = CALENDAR_MAC_1904
mac.active.append(one("A1", day=DAY))
save("members-dates_1904.xlsx", mac)
leap = book([])
leap.active.append(one("A1", day=60))
leap.active["F2"].number_format = "yyyy-mm-dd"
save("members-dates_1900_02_29.xlsx", leap)
save("members-dates_text.xlsx", book([one("A1", day="2020年1月2日"), one("A2", day="2020.1.2"), one("A3", day="20200102"), one("A4", day="43832"), one("A5", day="2020-02-30")]))
merged = book([])
merged.active.insert_rows(1, 2)
merged.active["A1"] = "宁海县会员名册"
merged.active.merge_cells("A1:F1")
for at, (above, head) in enumerate(zip(["编号", "", "个人", "", "", ""], HEADS), start=1):
    merged.active.cell(row=2, column=at, value=above or None)
    merged.active.cell(row=3, column=at, value=head)
merged.active.merge_cells("A2:B2")
merged.active.merge_cells("C2:F2")
merged.active.append(one("A1", day=DAY))
save("members-merged_heads.xlsx", merged)
hidden = book([one("A1"), one("A2")])
hidden.active.row_dimensions[3].hidden = True
other = hidden.create_sheet("旧名册")
other.append(HEADS)
other.append(one("B1"))
other.sheet_state = "hidden"
save("members-hidden.xlsx", hidden)
double = book([one("A1")])
second = double.create_sheet("另一份")
second.append(HEADS)
second.append(one("B1"))
save("members-two_sheets.xlsx", double)
formulas = book([one("A1", name='="王"&"小明"', phone="=NA()"), one("A2", phone="=1/0", day="=DATE(2020,1,2)")])
save("work/members-formulas.xlsx", formulas)
office(work / "members-formulas.xlsx", "xlsx", work / "lo")
(OUT / "members-formulas.xlsx").write_bytes((work / "lo" / "members-formulas.xlsx").read_bytes())
numbers = book([one("A1"), one("A2", number="330226199001010027"), one("A3", number="33022619670401002X")])
numbers.active["D2"] = 330226199001010027
numbers.active["D2"].number_format = "0"
numbers.active["D3"].quotePrefix = True
save("members-numbers.xlsx", numbers)
save("members-two_heads.xlsx", book([one("A1")], heads=[*HEADS[:5], "姓名"]))
patched("members-cut.xlsx", OUT / "members-openpyxl.xlsx", lambda parts: parts)
(OUT / "members-cut.xlsx").write_bytes((OUT / "members-openpyxl.xlsx").read_bytes()[:-700])
patched("members-entities.xlsx", OUT / "members-libreoffice.xlsx", lambda parts: {
    **parts,
    "xl/sharedStrings.xml": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + parts["xl/sharedStrings.xml"].split(b"?>", 1)[-1].replace("李".encode(), b"&b;&x;"),
})

# What a damaged export leaves in a cell: a NUL (`_x0000_` in this format), another control character, a bell in a key, half a pair.
def named(*changes):
    """The roster with other texts in place of these."""
    def change(parts):
        sheet = parts["xl/worksheets/sheet1.xml"].decode()
        for old, new in changes:
            assert old in sheet, old
            sheet = sheet.replace(old, new, 1)
        return {**parts, "xl/worksheets/sheet1.xml": sheet.encode()}
    return change


ROSTER_FILE = OUT / "members-openpyxl.xlsx"
patched("members-control.xlsx", ROSTER_FILE, named(("王·明", "王_x0000_明"), ("𠮷田𪚥", "𠮷_x001B_田"), ("13800000004", "138_x0001_00000004")))
patched("members-control_key.xlsx", ROSTER_FILE, named((">0003<", ">00_x0000_03<")))
patched("members-nul_reference.xlsx", ROSTER_FILE, named(("王·明", "王&#0;明")))
patched("members-error_cells.xlsx", ROSTER_FILE, named(
    ('<c r="C3" s="1" t="inlineStr"><is><t>𠮷田𪚥</t></is></c>', '<c r="C3" t="e"><v>#N/A</v></c>'),
    ('<c r="D2" s="1" t="inlineStr"><is><t>330226199001010027</t></is></c>', '<c r="D2" t="e"><v>#REF!</v></c>'),
))
patched("members-not_xml.xlsx", ROSTER_FILE, named(("</row>", "</rwo>")))
patched("members-no_sheet.xlsx", ROSTER_FILE, lambda parts: {name: data for name, data in parts.items() if "worksheets" not in name})
patched("members-path.xlsx", ROSTER_FILE, lambda parts: {**parts, "../../evil.txt": b"x"})

# A bomb by its own word: the directory says that a part unpacks to 3 GB.
bomb = bytearray((OUT / "members-openpyxl.xlsx").read_bytes())
entry = bomb.rindex(b"PK\x01\x02")
bomb[entry + 24 : entry + 28] = (3_000_000_000).to_bytes(4, "little")
(OUT / "members-bomb.xlsx").write_bytes(bytes(bomb))

# Text: encodings, line breaks, what spreadsheets do to numbers, formulas.
LINE = ",".join(HEADS) + "\r\n"
GOOD = LINE + "A1,U1,王小明,330226199001010027,13800000001,2020-01-02\r\n"
csv("members-utf8_bom.csv", GOOD, "utf-8-sig")
csv("members-gb18030.csv", GOOD.replace("王小明", "王·明㐂"), "gb18030")
csv("members-gbk.csv", GOOD, "gbk")
csv("members-utf16.csv", GOOD, "utf-16")
csv("members-line_breaks.csv", LINE + 'A1,U1,"王\n小明",,,\r\nA2,U1,"李 ""小"" 四",,,\r\n')
csv("members-ids.csv", LINE + "".join(f"{key},U1,王小明,{number},,\r\n" for key, number in [
    ("A1", "3.30226E+17"),
    ("A2", "'330226199001010027"),
    ("A3", "３３０２２６１９９００１０１００２７"),
    ("A4", "330226\u00a019900101\u200b0027"),
    ("A5", "33022619670401002x"),
    ("A6", "330226670401001"),
    ("A7", "330226199001010028"),
    ("A8", "330226209901010024"),
    ("A9", "3302**********0027"),
    ("A10", "330226199002300021"),
]))
csv("members-injection.csv", LINE + "A1,U1,=cmd|' /C calc'!A0,,,\r\nA2,U1,@SUM(1+1),,+8613800000002,\r\nA3,U1,-2+3,,,\r\nA4,U1,\"=HYPERLINK(\"\"http://x\"\",\"\"王\"\")\",,,\r\n")
csv("members-names.csv", LINE + "".join(f"A{n},U1,{name},,,\r\n" for n, name in enumerate([
    "·", "王·明", "𠀀𪜀𬺰𮯰𱍐", "李", "长" * 50, "𪚥" * 50, "王😀明", "\u202e明王\u202c", "null", "DROP TABLE member", "NULL", "None", "欧阳\u200d娜娜", "O'Brien", "<script>alert(1)</script>", "王\u0301明",
])))
csv("members-same_name_and_birth.csv", "会员标识,工会标识,姓名,证件号码,出生日期\r\nA1,U1,王小明,330226199001010027,1990-01-01\r\nA2,U1,王小明,330226199001010043,1990-01-01\r\n")
csv("members-no_such_union.csv", LINE + "A1,U9,王小明,,,\r\n")
csv("members-own_key_twice.csv", LINE + "A1,U1,王小明,,,\r\nA1,U1,李四,,,\r\n,U1,无名,,,\r\n")
csv("members-html.xlsx", "<html><table><tr><td>会员标识</td></tr></table></html>")
csv("members-svg.csv", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
csv("members-jpeg.csv", "\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + "\0\x01\x02" * 60, "latin-1")
(OUT / "members-polyglot.xlsx").write_bytes(b"%PDF-1.7\n" + (OUT / "members-openpyxl.xlsx").read_bytes())

# Codes and the tree.
UNION = "工会标识,工会名称,单位统一社会信用代码,单位名称,区县,街道乡镇,工会类型,上级工会标识,建会日期\r\n"
csv("unions-codes.csv", UNION + "".join(f"X{n},某某{n}号有限公司工会委员会,{code},,宁海县,西店镇,独立基层工会,G3,\r\n" for n, code in enumerate([
    "91330226MA2T0TE13C", "91330226MA2T0TE13D", "91330226MA2TOTE13C", "91330226MA2I0TE13C", "91330226MASV0TE13Z", "9.1330226E+17", "／", "330226000012345",
])))
csv("unions-tree.csv", UNION + "X1,甲公司工会委员会,,,宁海县,西店镇,独立基层工会,X2,\r\nX2,乙公司工会委员会,,,宁海县,西店镇,独立基层工会,X1,\r\nX3,丙公司工会委员会,,,宁海县,西店镇,独立基层工会,X3,\r\nX4,丁公司工会委员会,,,宁海县,西店镇,,没有,2099-01-01\r\n")
