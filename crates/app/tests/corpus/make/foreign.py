"""Puts the roster of make.py into workbooks that other programs wrote, and leaves everything else in them as it was.

    python3 foreign.py FOUND OUT          workbooks of Excel 2007, 2010, 2016 (twice), Excel for Mac, WPS (twice), ONLYOFFICE
    python3 foreign.py FOUND OUT --all    every workbook below FOUND, to be read by `cargo run -p office --example rows`

FOUND holds unpacked packages that carry such workbooks as their own tests: the crates rust_xlsxwriter 0.79.0 (MIT or Apache-2.0) and
umya-spreadsheet 2.2.0 (MIT), the Python package pyexcel-xlsx 0.6.1 (BSD), the npm package xlsx-populate 1.21.0 (MIT). What they wrote
stays: the container, the order and names of its parts, name spaces, styles, theme; but not who wrote it. Ours are the cells: strings as
the program writes them, dates under one of the formats that Chinese installations use.
"""

import pathlib
import re
import sys
import zipfile
from xml.sax.saxutils import escape

HEADS = ["会员标识", "工会标识", "姓名", "证件号码", "移动电话", "入会日期"]
#: As in make.py; days as the number that a workbook holds.
ROSTER = [
    ["0001", "U1", "王·明", "330226199001010027", "13800000001", 43832],
    ["0002", "U1", "𠮷田𪚥", "330226199001010043", "0574-87654321", 43832],
    ["0003", "U1", "李", "330226196704010011", "", 36525],
    ["0004", "U2", "阿卜杜热西提·麦麦提艾力·吐尔逊", "", "13800000004", None],
]
#: name in the corpus → where it comes from, number of the date format, its code where the program writes it down.
CHOSEN = {
    "members-excel_2007.xlsx": ("rust_xlsxwriter-0.79.0/tests/input/default_row04.xlsx", 14, None),
    "members-excel_2010.xlsx": ("umya-spreadsheet-2.2.0/tests/test_files/aaa_insertCell.xlsx", 176, "yyyy/m/d;@"),
    "members-excel_2016_chart.xlsx": ("xlsx-populate-1.21.0/package/examples/ranges/template.xlsx", 31, None),
    "members-excel_2016.xlsx": ("pyexcel_xlsx-0.6.1/tests/fixtures/hidden.xlsx", 176, '[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy'),
    "members-excel_mac.xlsx": ("umya-spreadsheet-2.2.0/tests/test_files/issue_181_2.xlsx", 177, '[$-804]yyyy"年"m"月"d"日";@'),
    "members-wps_2016.xlsx": ("pyexcel_xlsx-0.6.1/tests/fixtures/hidden_sheets.xlsx", 178, 'yyyy"年"m"月"d"日";@'),
    "members-wps.xlsx": ("umya-spreadsheet-2.2.0/tests/test_files/wps_comment.xlsx", 58, None),
    "members-onlyoffice.xlsx": ("umya-spreadsheet-2.2.0/tests/test_files/red_indexed_color.xlsx", 14, None),
}


class Unfit(Exception):
    """A workbook that has no plain first sheet to put rows into."""


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return [(info, archive.read(info)) for info in archive.infolist()]


def named(parts, ending):
    for number, (info, _) in enumerate(parts):
        if info.filename.lower().endswith(ending):
            return number
    raise Unfit(f"no {ending}")


def with_styles(styles, number, code):
    """The styles with two more: text and the date. Their places among the cell formats come back."""
    opening = re.search(r"<cellXfs\b[^>]*>", styles)
    if not opening:
        raise Unfit("no cell formats")
    body, rest = styles[opening.end() :].split("</cellXfs>", 1)
    text_at = len(re.findall(r"<xf\b", body))
    more = f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    head = re.sub(r'count="\d+"', f'count="{text_at + 2}"', opening.group())
    styles = styles[: opening.start()] + head + body + more + "</cellXfs>" + rest
    if code:
        one = f'<numFmt numFmtId="{number}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        known = re.search(r'<numFmts count="(\d+)">', styles)
        if known:
            others = re.sub(rf'<numFmt numFmtId="{number}"[^>]*/>', "", styles[known.end() :])
            styles = styles[: known.start()] + f'<numFmts count="{int(known.group(1)) + 1}">' + one + others
        else:
            styles = re.sub(r"(<styleSheet\b[^>]*>)", lambda m: m.group() + f'<numFmts count="1">{one}</numFmts>', styles, count=1)
    return styles, text_at, text_at + 1


def with_rows(sheet, text_style, date_style, first_string, is_excel):
    """The sheet with the roster in place of its rows, and the strings that it points at, which stand behind those that are there."""
    strings, rows = [], []
    inner = re.search(r'x14ac:dyDescent="[^"]*"', sheet)
    declared = "xmlns:x14ac=" in sheet
    extra = f" {inner.group()}" if inner and declared else ""
    for number, row in enumerate([HEADS, *ROSTER], start=1):
        cells = []
        for column, value in zip("ABCDEF", row):
            if isinstance(value, str) and value:
                cells.append(f'<c r="{column}{number}" s="{text_style}" t="s"><v>{first_string + len(strings)}</v></c>')
                strings.append(value)
            elif value:
                cells.append(f'<c r="{column}{number}" s="{date_style}"><v>{value}</v></c>')
            elif is_excel:
                cells.append(f'<c r="{column}{number}" s="{text_style}"/>')
        rows.append(f'<row r="{number}" spans="1:6"{extra}>{"".join(cells)}</row>')
    data = f"<sheetData>{''.join(rows)}</sheetData>"
    if not re.search(r"<sheetData\s*/>|<sheetData>.*</sheetData>", sheet, re.S):
        raise Unfit("no rows")
    sheet = re.sub(r"<sheetData\s*/>|<sheetData>.*</sheetData>", lambda _: data, sheet, count=1, flags=re.S)
    sheet = re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:F{len(rows)}"/>', sheet)
    for gone in ["mergeCells", "autoFilter", "dataValidations", "conditionalFormatting", "tableParts", "hyperlinks"]:
        sheet = re.sub(rf"<{gone}\b[^>]*/>|<{gone}\b.*?</{gone}>", "", sheet, flags=re.S)
    return sheet, strings


def with_strings(shared, strings, is_excel):
    # Excel adds to each string of East Asian text how it would be read, and says where nobody knows.
    sound = '<phoneticPr fontId="1" type="noConversion"/>' if is_excel else ""
    items = "".join(f"<si><t>{escape(text)}</t>{sound}</si>" for text in strings)
    shared = re.sub(r"<sst\b([^>]*)/>", r"<sst\1></sst>", shared)
    opening = re.search(r"<sst\b[^>]*>", shared)
    counted = re.sub(r'(count|uniqueCount)="(\d+)"', lambda m: f'{m.group(1)}="{int(m.group(2)) + len(strings)}"', opening.group())
    return shared.replace(opening.group(), counted, 1).replace("</sst>", items + "</sst>")


def transplanted(path, number, code):
    parts = parts_of(path)
    text = {info.filename: data for info, data in parts}
    is_excel = b"Microsoft" in text.get("docProps/app.xml", b"")
    sheet_at, styles_at, strings_at = (named(parts, f"xl/{part}.xml") for part in ("worksheets/sheet1", "styles", "sharedstrings"))
    styles, text_style, date_style = with_styles(parts[styles_at][1].decode(), number, code)
    shared = parts[strings_at][1].decode()
    first_string = len(re.findall(r"<si\b", shared))
    sheet, strings = with_rows(parts[sheet_at][1].decode(), text_style, date_style, first_string, is_excel)
    shared = with_strings(shared, strings, is_excel)
    changed = {styles_at: styles, sheet_at: sheet, strings_at: shared}
    for part in ("docProps/core.xml", "docProps/app.xml"):
        if part in text:
            people = r"(<(dc:creator|cp:lastModifiedBy|Company)>)[^<]*"
            changed[named(parts, part.lower())] = re.sub(people, r"\1", text[part].decode())
    return [(info, changed[at].encode() if at in changed else data) for at, (info, data) in enumerate(parts)]


def save(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in parts:
            kept = zipfile.ZipInfo(info.filename, info.date_time)
            kept.compress_type, kept.create_system = info.compress_type, info.create_system
            archive.writestr(kept, data)


def main():
    found, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    if "--all" not in sys.argv:
        for name, (source, number, code) in CHOSEN.items():
            save(out / name, transplanted(found / source, number, code))
        return
    made, unfit = 0, {}
    formats = [(number, code) for _, number, code in CHOSEN.values()]
    for path in sorted(found.rglob("*.xlsx")):
        number, code = formats[made % len(formats)]
        try:
            save(out / f"{made:04}-{path.stem}.xlsx", transplanted(path, number, code))
            made += 1
        except (Unfit, zipfile.BadZipFile, UnicodeDecodeError, AttributeError) as error:
            unfit[str(error)] = unfit.get(str(error), 0) + 1
    print(f"{made} made; left out: {unfit}")


main()
