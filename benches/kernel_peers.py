"""The Python peers of the parsers on the same cases: `kernel_peers.py DIR`, DIR as `kernels.sh` makes it.

Prints the lines of `crates/codes/benches/parsers.rs`: what is measured, cases per second of CPU (the best of three
rounds), share of right answers, share of wrong ones. A county outside Zhejiang counts as none, for ours as for theirs;
a retired code (330283 for 奉化) counts as the county of today.
"""

import csv
import sys
import time
from pathlib import Path

import companynameparser
import cpca

ROUNDS = 3
TABLE = Path(__file__).parent.parent / "data" / "divisions_retired.csv"
with open(TABLE, encoding="utf-8", newline="") as table:
    RETIRED = {row["code"]: row["successor"] for row in csv.DictReader(table)}


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row[:3] for row in csv.reader(file)][1:]


def timed(work):
    """The last answer and the least CPU seconds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = work()
        best = min(best, time.process_time() - began)
    return answer, best


def tell(what, speed, answers, truths):
    right = sum(a == t for a, t in zip(answers, truths))
    wrong = sum(a != t and a != "" for a, t in zip(answers, truths))
    print(f"{what}\t{speed:.0f}\t{right / len(truths):.4f}\t{wrong / len(truths):.4f}")


def brands(cases):
    companynameparser.parse("宁波永兴服饰有限公司")  # loads its dictionaries
    found, seconds = timed(lambda: [companynameparser.parse(name)["brand"] for _, name, _ in cases])
    speed = len(cases) / seconds
    pairs = [(kind, brand, truth) for (kind, _, truth), brand in zip(cases, found)]
    for what, kept in (
        ("brand of companies", [p for p in pairs if p[0] != "shop"]),
        ("brand of all employers", pairs),
    ):
        tell(what, speed, [p[1] for p in kept], [p[2] for p in kept])


def counties(cases):
    addresses = [address for _, address, _ in cases]
    cpca.transform(addresses[:10])  # loads its tables
    table, seconds = timed(lambda: cpca.transform(addresses))
    found = [county(code) for code in table["adcode"]]
    truths = [truth for _, _, truth in cases]
    tell("county from address", len(cases) / seconds, found, truths)
    for kind in sorted({kind for kind, _, _ in cases}):
        at = [i for i, case in enumerate(cases) if case[0] == kind]
        tell(f"county: {kind}", len(cases) / seconds, [found[i] for i in at], [truths[i] for i in at])


def county(code):
    code = str(code or "")[:6]
    code = RETIRED.get(code, code)
    return code if code.startswith("33") and code[4:6] not in ("", "00") else ""


def main():
    folder = Path(sys.argv[1])
    brands(read(folder / "names.csv"))
    counties(read(folder / "addresses.csv"))


main()
