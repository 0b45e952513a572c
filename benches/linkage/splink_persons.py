"""Members whom the exact number leaves over to insured persons, with Splink: `splink_persons.py FILES LINKS OUT`.

LINKS is what `splink_unions.py` wrote: a union's employer is its best enterprise from one half on, else the code as
stated. Left are the members without a valid number that somebody insured has; right is every insured row.
"""

import argparse
import logging
from pathlib import Path

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from peer import Steps, connect, id_macros, macros, row
from splink_unions import custom

BLOCKS = [
    ("number",),
    ("name", "employer"),
    ("name", "birth"),
    ("name", "area", "tail"),
    ("birth", "tail"),
    ("employer", "birth"),
    ("employer", "area", "tail"),
    ("area", "birth", "left(name, 1)"),
]
#: Parts of a number; a masked one has no birthday, one that a spreadsheet rounded has nothing.
PARTS = """
    CASE WHEN number NOT LIKE '%E+%' THEN left(number, 6) END AS area,
    CASE WHEN regexp_full_match(number, '[0-9]{17}[0-9X]') THEN substr(number, 7, 8) END AS birth,
    CASE WHEN number NOT LIKE '%E+%' THEN right(number, 4) END AS tail"""


def prepare(db: duckdb.DuckDBPyConnection, files: Path, links: Path) -> None:
    """Tables `members` (left over) and `insured`."""
    rows = {
        "member": f"SELECT member_id AS id, union_id, name, id_no FROM '{files}/members.parquet'",
        "insured_row": f"SELECT ins_id AS id, employer_uscc AS code, name, id_no FROM '{files}/insurance.parquet'",
    }
    for table, select in rows.items():
        # A mask keeps its stars: its first six and last four characters still say much.
        db.execute(f"""
            CREATE TABLE odd AS {select} WHERE NOT is_clean(id_no);
            CREATE TABLE {table} AS
            SELECT * RENAME (id_no AS number) FROM ({select} WHERE is_clean(id_no))
            UNION ALL BY NAME
            SELECT * EXCLUDE id_no, CASE WHEN id_no LIKE '%*%' THEN id_no ELSE coalesce(undressed(id_no), id_no) END AS number
            FROM odd;
            DROP TABLE odd""")
    db.execute(f"""
        CREATE TABLE employer AS
        SELECT union_id, coalesce(organisation(e.uscc), organisation(u.employer_uscc)) AS employer
        FROM '{files}/unions.parquet' u
        LEFT JOIN (SELECT * FROM '{links}' WHERE p >= 0.5) l USING (union_id)
        LEFT JOIN '{files}/enterprises.parquet' e USING (enterprise_id)""")
    db.execute(f"""
        CREATE TABLE members AS
        SELECT id, tidy(name) AS name, number, {PARTS}, employer
        FROM member m LEFT JOIN employer USING (union_id)
        WHERE NOT EXISTS (SELECT 1 FROM insured_row i WHERE i.number = m.number) OR NOT coalesce(checked(number), false);
        CREATE TABLE insured AS
        SELECT id, tidy(name) AS name, number, {PARTS},
            organisation(replace(code, '-', '')) AS employer
        FROM insured_row;
        DROP TABLE member;
        DROP TABLE insured_row""")


def model() -> SettingsCreator:
    """Comparisons and blocking; `l` is the member."""
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name", term_frequency_adjustments=True),
            custom("length(name_l) = length(name_r) AND levenshtein(name_l, name_r) <= 3", "one character"),
            levels.ElseLevel(),
        ],
    )
    number = comparisons.CustomComparison(
        output_column_name="number",
        comparison_levels=[
            custom("tail_l IS NULL OR tail_r IS NULL", "unreadable", is_null=True),
            custom("number_l = number_r", "the same"),
            custom("birth_l IS NULL AND area_l = area_r AND tail_l = tail_r", "what the mask leaves"),
            custom("levenshtein(number_l, number_r) <= 2", "one slip"),
            custom("birth_l = birth_r AND tail_l = tail_r", "birthday and end"),
            custom("birth_l = birth_r", "birthday"),
            levels.ElseLevel(),
        ],
    )
    employer = comparisons.ExactMatch("employer").configure(term_frequency_adjustments=True)
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[name, number, employer],
        blocking_rules_to_generate_predictions=[block_on(*keys) for keys in BLOCKS],
        retain_matching_columns=False,
        max_iterations=20,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", type=Path)
    arguments.add_argument("links", type=Path)
    arguments.add_argument("out", type=Path)
    given = arguments.parse_args()
    steps, db = Steps(), connect()
    macros(db, given.files)
    id_macros(db)
    prepare(db, given.files, given.links)
    api = DuckDBAPI(connection=db)
    # Splink puts the name that sorts first on the left.
    tables = [
        api.register("members", dataset_display_name="a_members"),
        api.register("insured", dataset_display_name="b_insured"),
    ]
    steps.done("prepare")
    linker = Linker(tables, model(), log_level=logging.WARNING)
    linker.training.estimate_probability_two_random_records_match([block_on("name", "employer")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    steps.done("u")
    for rule in (block_on("name", "employer"), block_on("birth", "tail")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    steps.done("EM")
    pairs = linker.inference.predict()
    steps.done("predict")
    db.execute(f"""
        COPY (SELECT id_l AS member_id, arg_max(id_r, (match_weight, id_r)) AS ins_id,
                  max(match_weight) AS weight, max(match_probability) AS p
              FROM {pairs.physical_name} GROUP BY id_l) TO '{given.out}' (FORMAT parquet)""")
    db.execute(
        f"COPY (SELECT id AS member_id FROM members) TO '{given.out.with_suffix('.left.parquet')}' (FORMAT parquet)"
    )
    steps.done("best")
    steps.seconds["pairs"] = row(db, f"SELECT count(*) FROM {pairs.physical_name}")[0]
    steps.print()


if __name__ == "__main__":
    main()
