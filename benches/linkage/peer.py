"""What the peer's jobs share: one DuckDB connection, cleaning in SQL, and CPU seconds by step."""

import csv
import json
import os
import time
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

DATA = Path(__file__).resolve().parents[2] / "data"

#: Legal forms that two registers spell differently; what stays of a name is place-free brand, trade and branch.
FORMS = "(?:集团)?(?:股份)?有限(?:责任)?公司|股份公司"
BRACKETS = "个体工商户|普通合伙|有限合伙|特殊普通合伙"


class Steps:
    """CPU seconds (user and system, all threads) between marks, printed as one JSON line at the end."""

    def __init__(self) -> None:
        self.at = time.process_time()
        self.seconds: dict[str, float] = {}

    def done(self, step: str) -> None:
        now = time.process_time()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self.at, 2)
        self.at = now

    def print(self) -> None:
        print(json.dumps(self.seconds))


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database with a thread for each core and no promise of row order, which it pays for."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count() or 1}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    return connection


def row(db: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The only row of a query that has one."""
    found = db.execute(sql).fetchone()
    if found is None:
        raise SystemExit(f"no row: {sql}")
    return found


def simplified() -> dict[int, str]:
    """Traditional to simplified characters (OpenCC's table, as its Python port ships it)."""
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("opencc-python-reimplemented is not installed: see requirements.txt")
    table = Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in table.read_text(encoding="utf-8").splitlines())
    return {ord(key): value.split()[0] for key, value in pairs if len(key) == 1}


def plain(text: str | None, table: dict[int, str]) -> str | None:
    """Half width, upper case, simplified, without blanks."""
    if not text:
        return None
    folded = unicodedata.normalize("NFKC", text).upper().translate(table)
    return "".join(folded.split()) or None


def divisions() -> tuple[dict[str, str], list[str]]:
    """County codes and names with today's code, and the names of provinces, cities and counties without their kind."""
    codes: dict[str, str] = {}
    stems: set[str] = set()
    successors: dict[str, str] = {}
    with (DATA / "divisions_retired.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            successors[row["code"]] = codes[row["code"]] = codes[row["name"]] = row["successor"]
            stems.add(row["name"][:-1])
    with (DATA / "divisions_zhejiang.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["code"]
            if row["level"] in ("province", "city", "county"):
                stems.add(row["name"][:-1])
            if row["level"] == "county":
                codes[code] = codes[row["name"]] = successors.get(code, code)
    return codes, sorted(stems, key=len, reverse=True)


def check_sum() -> str:
    """The weighted sum of GB 11643 over the 17 digits `v`, three at a time from tables: the quickest way in SQL."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    parts = []
    for start in range(0, 17, 3):
        own = weights[start : start + 3]
        sums = [
            sum(int(d) * w for d, w in zip(str(x).zfill(len(own)), own, strict=True)) % 11
            for x in range(10 ** len(own))
        ]
        parts.append(f"{sums}[v // {10 ** (17 - start - len(own))} % {10 ** len(own)} + 1]")
    return f"({' + '.join(parts)}) % 11"


def id_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Resident ID numbers (GB 11643) in SQL.

    `is_clean(x)`: 18 characters as they should be; `undressed(x)`: the others, brought to 18; `checked(x)`: the check
    character is right. Nearly all cells are clean and stay the strings that they are. The others are set aside first:
    as a branch of one CASE, or a filter, they would make every chunk of rows pay for the tables of `check_sum`.
    """
    connection.execute(f"""
        CREATE MACRO is_clean(x) AS coalesce(strlen(x) = 18 AND NOT ends_with(x, 'x'), false);
        CREATE MACRO check_of(v) AS '10X98765432'[{check_sum()} + 1];
        CREATE MACRO from_15(x) AS left(x, 6) || '19' || substr(x, 7);
        CREATE MACRO normal(x) AS CASE length(x) WHEN 18 THEN x
            WHEN 15 THEN from_15(x) || check_of(TRY_CAST(from_15(x) AS BIGINT)) END;
        CREATE MACRO undressed(x) AS normal(upper(half_width(x)));
        CREATE MACRO checked(x) AS check_of(TRY_CAST(left(x, 17) AS BIGINT)) = right(x, 1);
    """)


def macros(connection: duckdb.DuckDBPyConnection, files: Path) -> None:
    """Cleaning that both sides of a linkage go through, as SQL macros over plain columns."""
    codes, stems = divisions()
    connection.execute("CREATE TABLE county_code(spelling VARCHAR, county_code VARCHAR)")
    connection.executemany("INSERT INTO county_code VALUES (?, ?)", list(codes.items()))
    streets = connection.execute(
        f"SELECT DISTINCT street FROM '{files}/enterprises.parquet' WHERE regexp_matches(street, '(街道|镇|乡)$')"
    ).fetchall()
    towns = sorted({street.removesuffix("街道").rstrip("镇乡") for (street,) in streets}, key=len, reverse=True)
    place, town = "|".join(stems), "|".join(town for town in towns if len(town) > 1)
    front = f"^(?:(?:{place})[省市区县]?)*(?:(?:{town})(?:街道|镇|乡)?)?"
    bracket = rf"\((?:(?:{place})[省市区县]?|{BRACKETS})\)"
    wide = "".join(chr(code + 0xFEE0) for code in range(0x30, 0x5B))
    half = "".join(chr(code) for code in range(0x30, 0x5B))
    connection.execute(f"""
        CREATE MACRO half_width(x) AS
            regexp_replace(
                CASE WHEN strlen(x) > length(x) THEN translate(x, '{wide}', '{half}') ELSE x END, '[^0-9A-Za-z]', '', 'g');
        CREATE MACRO organisation(x) AS CASE length(x) WHEN 9 THEN x WHEN 18 THEN substr(x, 9, 9) END;
        CREATE MACRO tidy(x) AS nullif(upper(replace(replace(replace(x, ' ', ''), '（', '('), '）', ')')), '');
        CREATE MACRO core(x) AS nullif(regexp_replace(x, '{front}|{bracket}|{FORMS}', '', 'g'), '');
        CREATE MACRO road(x) AS nullif(regexp_extract(x, '(\\p{{Han}}{{2}}(?:路|街|道|巷|线|弄)\\d+)号', 1), '');
        CREATE MACRO telephone(x) AS nullif(right(replace(x, '-', ''), 11), '');
    """)
