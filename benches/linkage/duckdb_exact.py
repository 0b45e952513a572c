"""What exact keys alone can say, in DuckDB SQL: `duckdb_exact.py FILES OUT`.

Every query makes a table; `OUT/*.parquet` is what `score.py` reads. ID numbers and codes are normalised and their check
characters verified; the step `raw` is the same big join without any of that.
"""

import argparse
from pathlib import Path

import duckdb

from peer import Steps, connect, id_macros, macros
from splink_unions import union_columns

ALIVE = "('存续', '在业', '在营', '开业', '在册')"
#: GB 32100-2015: weights are the powers of three modulo 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code_holds(column: str) -> str:
    """Whether the check character of a unified social credit code is right."""
    terms = " + ".join(f"(strpos('{ALPHABET}', substr({column}, {at + 1}, 1)) - 1) * {3**at % 31}" for at in range(17))
    return f"strpos('{ALPHABET}', right({column}, 1)) - 1 = (31 - ({terms}) % 31) % 31"


def people(db: duckdb.DuckDBPyConnection, files: Path, steps: Steps) -> None:
    """Members and insured persons by ID number."""
    db.execute(f"""
        CREATE TABLE raw AS SELECT member_id, ins_id
        FROM '{files}/members.parquet' m JOIN '{files}/insurance.parquet' i ON m.id_no = i.id_no""")
    db.execute("DROP TABLE raw")
    steps.done("raw")
    # The two sides of a match have one key, so it is enough to verify the check character on one of them.
    members = f"SELECT member_id, union_id, id_no FROM '{files}/members.parquet'"
    insurance = (
        f"""SELECT ins_id, id_no, employer_uscc AS code, "end" IS NULL AS is_now FROM '{files}/insurance.parquet'"""
    )
    db.execute(f"""
        CREATE TABLE odd_member AS {members} WHERE NOT is_clean(id_no);
        CREATE TABLE odd_insured AS {insurance} WHERE NOT is_clean(id_no);
        CREATE TABLE member AS
        SELECT * EXCLUDE id_no, CASE WHEN checked(id_no) THEN id_no END AS key FROM ({members} WHERE is_clean(id_no))
        UNION ALL
        SELECT * EXCLUDE key, CASE WHEN checked(key) THEN key END FROM (
            SELECT * EXCLUDE id_no, undressed(id_no) AS key FROM odd_member);
        CREATE TABLE insured AS
        SELECT * RENAME (id_no AS key) FROM ({insurance} WHERE is_clean(id_no))
        UNION ALL BY NAME
        SELECT * EXCLUDE id_no, undressed(id_no) AS key FROM odd_insured""")
    db.execute("""
        CREATE TABLE member_insured AS
        SELECT m.member_id, m.union_id, i.ins_id, i.code, i.is_now FROM member m JOIN insured i ON m.key = i.key""")
    steps.done("members x insurance")
    db.execute("""
        CREATE TABLE not_insured AS
        SELECT member_id FROM member m WHERE NOT EXISTS (SELECT 1 FROM insured i WHERE i.key = m.key)""")
    steps.done("members not insured")


def employers(db: duckdb.DuckDBPyConnection, files: Path, steps: Steps) -> None:
    """Unions and their enterprises by code, old numbers and exact name; by vote; and what follows."""
    db.register("raw_unions", union_columns(files, db))
    db.execute(f"""
        CREATE TABLE enterprise AS
        SELECT enterprise_id, upper(uscc) AS code18, substr(uscc, 9, 9) AS code9, reg_no, tidy(name) AS name, status
        FROM '{files}/enterprises.parquet'""")
    db.execute(f"""
        CREATE TABLE "union" AS
        SELECT id AS union_id, name, code AS stated,
            CASE WHEN length(code) = 18 AND {code_holds("code")} THEN code END AS code18
        FROM raw_unions""")
    steps.done("read enterprises and unions")
    db.execute("""
        CREATE TABLE by_code AS SELECT union_id, enterprise_id FROM "union" u JOIN enterprise e USING (code18)""")
    steps.done("unions by code")
    db.execute("""
        CREATE TABLE linked AS
        SELECT union_id, arg_min(enterprise_id, (tier, enterprise_id)) AS enterprise_id FROM (
            SELECT *, 1 AS tier FROM by_code
            UNION ALL SELECT union_id, enterprise_id, 2 FROM "union" u JOIN enterprise e ON u.stated = e.code9
            UNION ALL SELECT union_id, enterprise_id, 3 FROM "union" u JOIN enterprise e ON u.stated = e.reg_no
            UNION ALL SELECT union_id, enterprise_id, 4 FROM "union" u JOIN enterprise e ON u.name = e.name)
        GROUP BY union_id""")
    steps.done("unions by code, old number, name")
    db.execute("""
        CREATE TABLE vote AS
        SELECT union_id, enterprise_id FROM (
            SELECT union_id, arg_max(code, (n, code)) AS code18 FROM (
                SELECT union_id, code, count(*) AS n FROM member_insured WHERE is_now GROUP BY ALL) GROUP BY union_id)
        JOIN enterprise USING (code18)""")
    steps.done("staff vote")
    db.execute("""
        CREATE TABLE elsewhere AS
        SELECT member_id FROM member_insured i JOIN linked l USING (union_id) JOIN enterprise e USING (enterprise_id)
        WHERE i.is_now AND i.code <> e.code18""")
    steps.done("members insured elsewhere")


def lists(db: duckdb.DuckDBPyConnection, files: Path, steps: Steps) -> None:
    """Employers to found a union in, and head counts that differ."""
    db.execute(f"""
        CREATE TABLE found_25 AS
        WITH count AS (
            SELECT code, count(DISTINCT coalesce(key, ins_id)) AS n FROM insured WHERE is_now GROUP BY code HAVING n >= 25)
        SELECT e.enterprise_id, n FROM count JOIN enterprise e ON e.code18 = count.code
        WHERE (status IN {ALIVE} OR status IS NULL)
            AND NOT EXISTS (SELECT 1 FROM linked l WHERE l.enterprise_id = e.enterprise_id)
            AND NOT EXISTS (SELECT 1 FROM '{files}/covers.parquet' c WHERE c.employer_uscc = e.code18)
            AND NOT EXISTS (SELECT 1 FROM '{files}/covers.parquet' c WHERE tidy(c.employer_name) = e.name)""")
    steps.done("found-25")
    db.execute(f"""
        CREATE TABLE headcount AS
        WITH count AS (SELECT code, count(DISTINCT key) AS n FROM insured WHERE is_now GROUP BY code)
        SELECT e.enterprise_id, t.headcount, n
        FROM '{files}/tax.parquet' t JOIN enterprise e ON t.uscc = e.code18 JOIN count ON count.code = t.uscc""")
    steps.done("tax x insured head count")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", type=Path)
    arguments.add_argument("out", type=Path)
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    steps, db = Steps(), connect()
    macros(db, given.files)
    id_macros(db)
    steps.done("start")
    people(db, given.files, steps)
    employers(db, given.files, steps)
    lists(db, given.files, steps)
    for table in ("member_insured", "by_code", "linked", "vote", "found_25"):
        db.execute(f"COPY {table} TO '{given.out}/{table}.parquet' (FORMAT parquet)")
    steps.done("write")
    steps.print()


if __name__ == "__main__":
    main()
