"""Union to enterprise with Splink on DuckDB: `splink_unions.py FILES OUT [--vote]`.

The model is the usual one for company registers: a name in nine levels, codes, people and places with term frequencies
where they help, equality rules for blocking, u from random pairs, m from EM in two unlike blocks, and for each
union its best enterprise. `--vote` adds where the union's own members are insured.
"""

import argparse
import logging
import re
from pathlib import Path

import duckdb
import pyarrow as pa
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from peer import Steps, connect, macros, plain, row, simplified

SUFFIX = re.compile("(?:基层|机关|联合)?工会(?:委员会|联合会|工作委员会)?$")
NOT_A_CODE = re.compile("[^0-9A-Z]")

#: Keys of the equality rules, over columns that both sides have.
BLOCKS = [
    ("code18",),
    ("code15",),
    ("code9",),
    ("core",),
    ("legal_rep", "left(core, 2)"),
    ("legal_rep", "road"),
    ("phone", "county"),
    ("left(core, 2)", "road"),
    ("left(core, 4)", "county"),
    ("substr(core, 2, 4)", "county"),
    ("legal_rep", "right(core, 2)"),
]
#: Rules whose two sides are different columns.
CROSS_BLOCKS = [CustomRule("l.core = r.former"), CustomRule("l.code_other = r.code18")]
VOTE_BLOCK = CustomRule("l.vote = r.code9")


def union_columns(files: Path, db: duckdb.DuckDBPyConnection) -> pa.Table:
    """The union register, cleaned row by row: it is small and its cells come in every dress."""
    rows = db.execute(
        "SELECT union_id, union_name, employer_name, employer_uscc, union_code, employer_legal_rep, phone, address,"
        f" county FROM '{files}/unions.parquet'"
    ).fetchall()
    table = simplified()
    columns: dict[str, list[str | None]] = {
        name: [] for name in ("id", "name", "code", "other", "legal_rep", "phone", "address", "county")
    }
    for union_id, union_name, employer, code, other, legal_rep, phone, address, county in rows:
        name = plain(employer, table) or SUFFIX.sub("", plain(union_name, table) or "")
        columns["id"].append(union_id)
        columns["name"].append(name or None)
        columns["code"].append(NOT_A_CODE.sub("", plain(code, table) or "") or None)
        columns["other"].append(NOT_A_CODE.sub("", plain(other, table) or "") or None)
        columns["legal_rep"].append(plain(legal_rep, table))
        columns["phone"].append(plain(phone, table))
        columns["address"].append(plain(address, table))
        columns["county"].append(plain(county, table))
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def prepare_unions(db: duckdb.DuckDBPyConnection, files: Path, has_vote: bool) -> None:
    """Table `unions`, with the vote if it is wanted."""
    db.register("raw_unions", union_columns(files, db))
    vote = "v.vote, v.share, v.n" if has_vote else "NULL::VARCHAR AS vote, NULL::DOUBLE AS share, NULL::BIGINT AS n"
    join = "LEFT JOIN vote v ON v.union_id = u.id" if has_vote else ""
    if has_vote:
        # Each member's number as it is written: the vote needs most of them, not all.
        db.execute(f"""
            CREATE TABLE vote AS
            WITH counted AS (
                SELECT m.union_id, i.employer_uscc AS code, count(*) AS n
                FROM '{files}/members.parquet' m JOIN '{files}/insurance.parquet' i ON m.id_no = i.id_no
                WHERE length(m.id_no) = 18 AND i."end" IS NULL AND i.employer_uscc IS NOT NULL
                GROUP BY ALL),
            by_employer AS (
                SELECT union_id, organisation(half_width(code)) AS vote, sum(n)::BIGINT AS n FROM counted GROUP BY ALL)
            SELECT union_id, arg_max(vote, (n, vote)) AS vote, max(n) / sum(n) AS share, max(n) AS n
            FROM by_employer WHERE vote IS NOT NULL GROUP BY union_id""")
    db.execute(f"""
        CREATE TABLE unions AS
        SELECT id, u.name, core(u.name) AS core, NULL::VARCHAR AS former,
            CASE WHEN length(code) = 18 AND code NOT LIKE '81%' THEN code END AS code18,
            CASE WHEN length(other) = 18 AND other NOT LIKE '8%' THEN other END AS code_other,
            CASE WHEN length(code) = 15 THEN code END AS code15,
            organisation(code) AS code9,
            legal_rep, telephone(phone) AS phone, road(address) AS road, c.county_code AS county,
            NULL::VARCHAR AS status, {vote}, NULL::BOOLEAN AS is_voted
        FROM raw_unions u LEFT JOIN county_code c ON c.spelling = u.county {join}""")


def prepare_enterprises(db: duckdb.DuckDBPyConnection, files: Path) -> None:
    """Table `enterprises`: the market register writes its own cells well, so SQL is enough."""
    db.execute(f"""
        CREATE TABLE enterprises AS
        SELECT enterprise_id AS id, tidy(e.name) AS name, core(tidy(e.name)) AS core,
            core(tidy(split_part(former_name, ';', 1))) AS former,
            upper(uscc) AS code18, NULL::VARCHAR AS code_other, reg_no AS code15, substr(upper(uscc), 9, 9) AS code9,
            replace(legal_rep, ' ', '') AS legal_rep, telephone(phone) AS phone, road(address) AS road,
            coalesce(c.county_code, e.county) AS county,
            CASE WHEN status IN ('注销', '吊销', '撤销', '迁出') THEN 'gone' ELSE 'alive' END AS status,
            NULL::VARCHAR AS vote, NULL::DOUBLE AS share, NULL::BIGINT AS n, NULL::BOOLEAN AS is_voted
        FROM '{files}/enterprises.parquet' e LEFT JOIN county_code c ON c.spelling = e.county""")
    db.execute(
        "UPDATE unions SET is_voted = EXISTS (FROM enterprises WHERE code9 = unions.vote) WHERE vote IS NOT NULL"
    )


def custom(sql: str, label: str, *, is_null: bool = False) -> ComparisonLevelCreator:
    """A level decided by an expression."""
    level = levels.CustomLevel(sql, label)
    return level.configure(is_null_level=True) if is_null else level


def model(has_vote: bool) -> SettingsCreator:
    """Comparisons and blocking; `l` is the union, `r` the enterprise."""
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("core"),
            levels.ExactMatchLevel("name"),
            levels.ExactMatchLevel("core", term_frequency_adjustments=True),
            custom("core_l = former_r", "former name"),
            custom(
                "least(length(core_l), length(core_r)) >= 4 AND levenshtein(core_l, core_r) <= 3",
                "one character",
            ),
            custom("starts_with(core_r, core_l) OR starts_with(core_l, core_r)", "prefix"),
            levels.JaroWinklerLevel("core", 0.9),
            levels.JaroWinklerLevel("core", 0.8),
            custom("left(core_l, 2) = left(core_r, 2)", "brand head"),
            levels.ElseLevel(),
        ],
    )
    code = comparisons.CustomComparison(
        output_column_name="code",
        comparison_levels=[
            custom("coalesce(code18_l, code15_l, code9_l, code_other_l) IS NULL", "none stated", is_null=True),
            custom("code18_l = code18_r OR code_other_l = code18_r", "all 18"),
            custom("code15_l = code15_r", "old number"),
            custom("code9_l = code9_r", "organisation code"),
            custom("levenshtein(code18_l, code18_r) <= 2", "two edits"),
            levels.ElseLevel(),
        ],
    )
    status = comparisons.CustomComparison(
        output_column_name="status",
        comparison_levels=[custom("status_r = 'alive'", "alive"), levels.ElseLevel()],
    )
    vote = comparisons.CustomComparison(
        output_column_name="vote",
        comparison_levels=[
            custom("vote_l IS NULL", "no vote", is_null=True),
            custom("vote_l = code9_r AND share_l >= 0.5 AND n_l >= 3", "strong"),
            custom("vote_l = code9_r", "weak"),
            custom("share_l >= 0.5 AND n_l >= 3 AND is_voted_l", "another firm"),
            custom("share_l >= 0.5 AND n_l >= 3", "outside the register"),
            levels.ElseLevel(),
        ],
    )
    exact = [
        comparisons.ExactMatch(column).configure(term_frequency_adjustments=True)
        for column in ("legal_rep", "phone", "road")
    ]
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[name, code, *exact, comparisons.ExactMatch("county"), status, *([vote] if has_vote else [])],
        blocking_rules_to_generate_predictions=[
            *(block_on(*keys) for keys in BLOCKS),
            *CROSS_BLOCKS,
            *([VOTE_BLOCK] if has_vote else []),
        ],
        retain_matching_columns=False,
        max_iterations=20,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--vote", action="store_true")
    given = arguments.parse_args()
    steps, db = Steps(), connect()
    macros(db, given.files)
    prepare_unions(db, given.files, given.vote)
    prepare_enterprises(db, given.files)
    api = DuckDBAPI(connection=db)
    # Splink puts the name that sorts first on the left.
    tables = [
        api.register("unions", dataset_display_name="a_unions"),
        api.register("enterprises", dataset_display_name="b_enterprises"),
    ]
    steps.done("prepare")
    linker = Linker(tables, model(given.vote), log_level=logging.WARNING)
    linker.training.estimate_probability_two_random_records_match([block_on("code18"), block_on("name")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    steps.done("u")
    for rule in (block_on("core"), block_on("legal_rep", "road")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    steps.done("EM")
    pairs = linker.inference.predict()
    steps.done("predict")
    db.execute(f"""
        COPY (SELECT id_l AS union_id, arg_max(id_r, (match_weight, id_r)) AS enterprise_id,
                  max(match_weight) AS weight, max(match_probability) AS p
              FROM {pairs.physical_name} GROUP BY id_l) TO '{given.out}' (FORMAT parquet)""")
    steps.seconds["pairs"] = row(db, f"SELECT count(*) FROM {pairs.physical_name}")[0]
    steps.done("best")
    steps.print()


if __name__ == "__main__":
    main()
