"""The one judge of both sides: `score.py KIND FILES …` prints precision, recall and F1 against `FILES/truth` as JSON.

    score.py links FILES TABLE          union_id, enterprise_id, weight, p; a union's best enterprise
    score.py persons FILES TABLE LEFT   member_id, ins_id, weight, p; only members of LEFT count
    score.py members FILES TABLE        member_id, ins_id and maybe more rows a member
    score.py found FILES TABLE          enterprise_id: found-25

`decided` takes what stands at p ≥ 0.5, `best` is at the threshold that the truth would choose. A TABLE is Parquet or
CSV. An export of ours has `decision` in place of weight and p: `linked` counts as 1, all else as 0; a table without
either is all decided.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import duckdb

from peer import connect, row

#: A candidate row: weight, p, whether it is right.
Candidate = tuple[float, float, bool]


def scores(found: int, right: int, truth: int) -> dict[str, float]:
    """Precision, recall, F1 and the counts behind them."""
    return {
        "found": found,
        "truth": truth,
        "precision": right / found if found else 0.0,
        "recall": right / truth if truth else 0.0,
        "f1": 2 * right / (found + truth) if found + truth else 0.0,
    }


def at_thresholds(candidates: list[Candidate], truth: int) -> dict[str, dict[str, float]]:
    """Scores of what is decided, and of the threshold with the highest F1."""
    decided = [right for _, p, right in candidates if p >= 0.5]
    best, right = scores(0, 0, truth), 0
    ordered = sorted(candidates, key=lambda candidate: -candidate[0])
    for at, (weight, _, is_right) in enumerate(ordered, 1):
        right += is_right
        # Only between two weights can a threshold stand.
        if at == len(ordered) or ordered[at][0] < weight:
            best = max(best, scores(at, right, truth), key=lambda score: score["f1"])
    return {"decided": scores(len(decided), sum(decided), truth), "best": best}


def table(db: duckdb.DuckDBPyConnection, path: Path) -> str:
    """`FROM` this: the file, with weight and p whatever it says about its certainty."""
    source = f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"'{path}'"
    columns = [name for name, *_ in db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    if "decision" in columns:
        return f"(SELECT *, (decision = 'linked')::DOUBLE AS weight, (decision = 'linked')::DOUBLE AS p FROM {source})"
    return source if "weight" in columns else f"(SELECT *, 1.0 AS weight, 1.0 AS p FROM {source})"


def links(db: duckdb.DuckDBPyConnection, files: Path, found: str) -> dict[str, object]:
    """Union to enterprise: all, false links among ghosts, recall among slips and clean rows."""
    db.execute(f"CREATE TABLE truth AS SELECT * FROM read_csv('{files}/truth/links.csv', all_varchar = true)")
    db.execute(f"""
        CREATE TABLE judged AS
        SELECT t.*, weight, p, coalesce(t.enterprise_id = f.enterprise_id, false) AS is_right,
            list_contains(string_split_regex(coalesce(dirt, ''), '[+;]'), 'ghost') AS is_ghost,
            list_contains(string_split_regex(coalesce(dirt, ''), '[+;]'), 'typo') AS is_typo
        FROM truth t LEFT JOIN {found} f USING (union_id)""")

    def one(sql: str) -> Any:
        return row(db, sql)[0]

    judged = db.execute("SELECT weight, p, is_right FROM judged WHERE weight IS NOT NULL").fetchall()
    return {
        **at_thresholds(judged, one("SELECT count(enterprise_id) FROM judged")),
        "ghosts": one("SELECT count(*) FROM judged WHERE is_ghost"),
        "ghosts_linked": one("SELECT count(*) FROM judged WHERE is_ghost AND p >= 0.5"),
        "typo_recall": one(
            "SELECT avg((is_right AND p >= 0.5)::INT) FROM judged WHERE is_typo AND enterprise_id IS NOT NULL"
        ),
        "clean_recall": one(
            "SELECT avg((is_right AND p >= 0.5)::INT) FROM judged WHERE dirt IS NULL AND enterprise_id IS NOT NULL"
        ),
        "named_recall": one("SELECT avg(is_right::INT) FROM judged WHERE enterprise_id IS NOT NULL"),
    }


def persons(db: duckdb.DuckDBPyConnection, files: Path, found: str, left: Path) -> dict[str, object]:
    """Members left over: the right person counts, whichever of the person's rows was named."""
    db.execute(f"""
        CREATE TABLE person AS
        SELECT ins_id, hash(coalesce(id_no, ins_id), name) AS person FROM '{files}/insurance.parquet';
        CREATE TABLE truth AS
        SELECT member_id, person FROM '{files}/truth/members.parquet' JOIN person USING (ins_id)
        WHERE member_id IN (SELECT member_id FROM '{left}')""")
    judged = db.execute(f"""
        SELECT weight, p, coalesce(f.person = t.person, false)
        FROM (SELECT * FROM {found} JOIN person USING (ins_id)) f LEFT JOIN truth t USING (member_id)
        WHERE member_id IN (SELECT member_id FROM '{left}')""").fetchall()
    return {**at_thresholds(judged, row(db, "SELECT count(*) FROM truth")[0])}


def members(db: duckdb.DuckDBPyConnection, files: Path, found: str) -> dict[str, object]:
    """Member to insured row: of several the current one counts, then the latest start, then the smallest number."""
    truth = f"(SELECT member_id, ins_id FROM '{files}/truth/members.parquet' WHERE ins_id <> '')"
    count, right = row(
        db,
        f"""
        WITH best AS (
            SELECT member_id, arg_min(ins_id, ("end" IS NOT NULL, -epoch(TRY_CAST(start AS DATE)), ins_id)) AS ins_id
            FROM {found} JOIN '{files}/insurance.parquet' USING (ins_id) GROUP BY member_id)
        SELECT count(*), count(t.ins_id) FROM best LEFT JOIN {truth} t USING (member_id, ins_id)""",
    )
    return {"decided": scores(count, right, row(db, f"SELECT count(*) FROM {truth}")[0])}


def found_25(db: duckdb.DuckDBPyConnection, files: Path, found: str) -> dict[str, object]:
    """Employers that should have a union and have none."""
    truth = f"read_csv('{files}/truth/found_25.csv', all_varchar = true)"
    count, right = row(
        db,
        f"""
        SELECT count(*), count(t.enterprise_id) FROM (SELECT DISTINCT enterprise_id FROM {found})
        LEFT JOIN {truth} t USING (enterprise_id)""",
    )
    return {"decided": scores(count, right, row(db, f"SELECT count(*) FROM {truth}")[0])}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kind", choices=["links", "persons", "members", "found"])
    arguments.add_argument("files", type=Path)
    arguments.add_argument("table", type=Path)
    arguments.add_argument("left", type=Path, nargs="?")
    given = arguments.parse_args()
    db = connect()
    found = table(db, given.table)
    match given.kind:
        case "links":
            score = links(db, given.files, found)
        case "persons":
            score = persons(db, given.files, found, given.left)
        case "members":
            score = members(db, given.files, f"(SELECT member_id, ins_id FROM {found} WHERE ins_id <> '')")
        case _:
            score = found_25(db, given.files, found)
    print(json.dumps(score))


if __name__ == "__main__":
    main()
