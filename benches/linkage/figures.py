"""The table: what was measured on both sides, the ratio, the goal, and whether it holds."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from measure import Cost
from ours import (
    ENGLISH,
    KINDS,
    MATCH_AT_EMPLOYERS,
    MATCH_MEMBERS,
    MATCH_UNIONS,
    READ_ENTERPRISES,
    READ_INSURANCE,
    REGISTER_KINDS,
    RESOLVE_EMPLOYERS,
)

if TYPE_CHECKING:
    from bench import Bench

UNION_STAGES = [READ_ENTERPRISES, MATCH_UNIONS]
VOTE_STAGES = [READ_ENTERPRISES, READ_INSURANCE, RESOLVE_EMPLOYERS, MATCH_MEMBERS, MATCH_UNIONS]
PERSON_STAGES = [READ_INSURANCE, RESOLVE_EMPLOYERS, MATCH_MEMBERS, MATCH_AT_EMPLOYERS]
#: Steps of the SQL set that are no part of the comparison: the unvalidated join, and writing what `score.py` reads.
BESIDE_THE_SET = {"raw", "write"}
#: Enterprises of the full city; below it goals in absolute seconds and GiB say nothing.
FULL_CITY = 1_000_000

Score = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of the table; `holds` is None where there is nothing to hold."""

    what: str
    ours: str
    peer: str
    ratio: str = ""
    goal: str = ""
    holds: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "yes", False: "no", None: ""}[self.holds]
        return f"| {self.what} | {self.ours} | {self.peer} | {self.ratio} | {self.goal} | {verdict} |"


def quality(score: Score, threshold: str = "decided") -> str:
    """P, R and F1 at one threshold."""
    at = score[threshold]
    return f"P {at['precision']:.4f} R {at['recall']:.4f} F1 {at['f1']:.4f}"


def both(score: Score) -> str:
    """The peer at p ≥ 0.5 and at the threshold that the truth would choose."""
    return f"p ≥ 0.5: {quality(score)}; best: {quality(score, 'best')}"


def at_least(score: Score, **floors: float) -> bool:
    """Whether each named figure of what is decided reaches its floor."""
    return all(score["decided"][name] >= floor for name, floor in floors.items())


def quality_rows(scores: dict[str, Score], report: dict[str, Any], peer_pairs: int) -> list[Row]:
    """L1, L2, L4, L5, L8 and L9."""
    ours, peer = scores["ours links"], scores["peer links"]
    ghosts = [f"{side['ghosts_linked']} of {side['ghosts']} ghosts linked" for side in (ours, peer)]
    recalls = [
        f"recall of typos {side['typo_recall']:.4f}, of clean rows {side['clean_recall']:.4f}" for side in (ours, peer)
    ]
    register, persons, found = scores["ours register links"], scores["ours persons"], scores["ours found"]
    return [
        Row(
            "L1 union ↔ enterprise, all evidence",
            quality(ours),
            both(peer),
            "",
            "F1 ≥ 0.992, P ≥ 0.995",
            at_least(ours, f1=0.992, precision=0.995),
        ),
        Row(
            "L2 the same without members and insurance",
            quality(register),
            both(scores["peer register links"]),
            "",
            "F1 ≥ 0.982, P ≥ 0.975",
            at_least(register, f1=0.982, precision=0.975),
        ),
        Row("— by exact code, old number, name (SQL)", "", quality(scores["peer exact links"])),
        Row(
            "L4 hard cases, all evidence",
            f"{ghosts[0]}; {recalls[0]}",
            f"{ghosts[1]}; {recalls[1]}",
            "",
            "ghosts ≤ 20 %; typos ≥ 0.975; clean 1.000",
            ours["ghosts_linked"] <= 0.2 * ours["ghosts"]
            and (ours["typo_recall"] or 0) >= 0.975
            and round(ours["clean_recall"] or 0, 3) == 1,
        ),
        Row(
            "L5 candidate pairs",
            f"{report['pairs']:,}; right one named {ours['named_recall']:.4f} (a floor of the recall)",
            f"{peer_pairs:,}; right one named {peer['named_recall']:.4f}",
            "",
            "≤ 150,000 pairs, recall ≥ 0.9985",
            report["pairs"] <= 150_000 and ours["named_recall"] >= 0.9985,
        ),
        Row(
            "— all members ↔ insured rows",
            quality(scores["ours members"]),
            f"exact SQL: {quality(scores['peer members'])}",
        ),
        Row(
            "L8 members left over by the exact number",
            quality(persons),
            both(scores["peer persons"]),
            "",
            "F1 ≥ 0.85, P ≥ 0.99",
            at_least(persons, f1=0.85, precision=0.99),
        ),
        Row(
            "L9 employers without a union (found-25)",
            quality(found),
            f"exact SQL: {quality(scores['peer found'])}",
            "",
            "P ≥ 0.97, R ≥ 0.98",
            at_least(found, precision=0.97, recall=0.98),
        ),
    ]


def named(stages: Iterable[str]) -> str:
    """Stages in the table's language."""
    return ", ".join(ENGLISH.get(stage, stage) for stage in stages)


def cpu_row(what: str, ours: float, peer: float, times: float, goal: str) -> Row:
    """CPU seconds of both sides; holds where the peer's are at least `times` ours."""
    ratio = peer / ours if ours else float("inf")
    return Row(what, f"CPU {ours:.2f} s", f"CPU {peer:.2f} s", f"{ratio:.1f}×", goal, ratio >= times)


def union_rows(bench: "Bench") -> list[Row]:
    """L6: linking unions, with and without the vote, warm and cold."""
    rows = []
    for evidence, folder, job, stages, kinds in (
        ("register only", bench.register, "unions", UNION_STAGES, REGISTER_KINDS[:2]),
        ("all evidence", bench.all, "unions-vote", VOTE_STAGES, ["enterprises", "unions", "members", "insurance"]),
    ):
        peer = bench.peer_cost(job)
        warm, cold = folder.warm.cpu(stages), folder.cold.cpu(stages)
        imported = folder.imported(kinds).cpu
        own = folder.warm.measured.cost
        matched = folder.warm.peak(MATCH_UNIONS)
        rows += [
            cpu_row(f"L6 unions, {evidence}: warm, model kept (stages {named(stages)})", warm, peer.cpu, 20, "≥ 20×"),
            cpu_row(f"L6 unions, {evidence}: the same stages, training", cold, peer.cpu, 6, "≥ 6×"),
            cpu_row(
                f"L6 unions, {evidence}: the same, record stores deleted and made again",
                folder.without_stores.cpu(stages),
                peer.cpu,
                6,
                "≥ 6×",
            ),
            cpu_row(
                f"L6 unions, {evidence}: cold, with the import of {', '.join(kinds)}",
                cold + imported,
                peer.cpu,
                6,
                "≥ 6×",
            ),
            Row(
                f"L6 unions, {evidence}: memory until they are linked",
                f"{matched:.2f} GiB",
                f"{peer.memory:.2f} GiB",
                f"{peer.memory / matched:.1f}×",
                "≥ 2×",
                peer.memory >= 2 * matched,
            ),
            Row(
                f"L6 unions, {evidence}: whole processes, ours with rules, list and writing",
                str(own),
                str(peer),
                f"CPU {peer.cpu / own.cpu:.1f}×, memory {peer.memory / own.memory:.1f}×",
            ),
        ]
    matching = bench.all.warm.cpu(UNION_STAGES)
    rows.append(
        cpu_row(
            "L6 unions, all evidence: warm, the members' join left to L7, against the peer without any",
            matching,
            bench.peer_cost("unions").cpu,
            20,
            "≥ 20×",
        )
    )
    return rows


def exact_rows(bench: "Bench") -> list[Row]:
    """L7: the exact part against SQL."""
    steps, warm = bench.peer_steps("exact"), bench.all.warm
    members = warm.cpu([READ_INSURANCE, MATCH_MEMBERS])
    sql_set = sum(seconds for step, seconds in steps.items() if step not in BESIDE_THE_SET)
    others = [stage for stage in warm.stages if stage not in {MATCH_UNIONS, MATCH_AT_EMPLOYERS}]
    cold = bench.all.cold.cpu(others) + bench.all.imported(KINDS).cpu
    return [
        cpu_row(
            f"L7 members × insurance, validated (stages {named([READ_INSURANCE, MATCH_MEMBERS])})",
            members,
            steps["members x insurance"],
            3,
            "≥ 3×",
        ),
        cpu_row("L7 the same against the raw string join", members, steps["raw"], 1, "≥ 1×"),
        cpu_row(
            "L7 the whole exact set, warm (all stages but the two of scoring)", warm.cpu(others), sql_set, 2.5, "≥ 2.5×"
        ),
        cpu_row("L7 the whole exact set, cold, with the import of everything", cold, sql_set, 1.5, "≥ 1.5×"),
        Row("— the exact SQL as a process", "", str(bench.peer_cost("exact"))),
    ]


def whole_rows(bench: "Bench", is_full: bool) -> list[Row]:
    """L8 (cost), L10 and L11."""
    warm, cold, persons = bench.all.warm, bench.all.cold, bench.peer_cost("persons")
    steps = bench.peer_steps("exact")
    sql = bench.peer_cost("exact")
    aside = sum(steps[step] for step in BESIDE_THE_SET)
    peers = Cost(sql.wall, sql.cpu - aside, sql.memory) + bench.peer_cost("unions-vote") + persons
    own, imported = cold.measured.cost, bench.all.imported(KINDS)
    bare = bench.all.without_stores.measured.cost

    def everything(what: str, cost: Cost) -> Row:
        holds = cost.cpu * 5 <= peers.cpu
        if is_full:
            holds = holds and cost.cpu <= 18 and cost.wall <= 12 and cost.memory <= 3
        goal = "≥ 5×; full city ≤ 18 CPU s, ≤ 12 s, ≤ 3 GiB"
        return Row(what, str(cost), str(peers), f"{peers.cpu / cost.cpu:.1f}×", goal, holds)

    memory_holds = warm.measured.cost.memory <= 1.5 if is_full else None
    rows = [
        cpu_row(
            f"L8 members left over (stages {named(PERSON_STAGES)})", warm.cpu(PERSON_STAGES), persons.cpu, 8, "≥ 8×"
        ),
        cpu_row(
            f"L8 of these {named([MATCH_AT_EMPLOYERS])} alone", warm.cpu([MATCH_AT_EMPLOYERS]), persons.cpu, 8, "≥ 8×"
        ),
        Row(
            "L8 memory (ours: the whole run)",
            f"{warm.measured.cost.memory:.2f} GiB",
            f"{persons.memory:.2f} GiB",
            "",
            "full city ≤ 1.5 GiB",
            memory_holds,
        ),
        everything("L10 everything: run with training, on keys made at import", own),
        everything("L10 everything: the same, record stores deleted and made again", bare),
        everything("L10 everything: run with a kept model", warm.measured.cost),
        everything("L10 everything, cold: import of all files, then the run", own + imported),
    ]
    if bench.next_day:
        share = bench.next_day.cpu / (own + imported).cpu
        rows.append(
            Row(
                "L11 next day: import of the changes and a run, of a cold import and run",
                str(bench.next_day),
                "no such mode",
                f"{share:.1%}",
                "≤ 5 %",
                share <= 0.05,
            )
        )
    return rows


def page(bench: "Bench", scores: dict[str, Score], report: dict[str, Any], load: list[float]) -> str:
    """The whole page, as Markdown."""
    pairs = int(bench.peer_steps("unions-vote")["pairs"])
    is_full = enterprises(bench) >= FULL_CITY
    rows = [*quality_rows(scores, report, pairs), *union_rows(bench), *exact_rows(bench), *whole_rows(bench, is_full)]
    stages = [
        f"| {named([stage])} | {seconds:.2f} | {bench.all.warm.stages[stage]:.2f} |"
        for stage, seconds in bench.all.cold.stages.items()
    ]
    steps = [
        f"| {name} | {', '.join(f'{step} {value:,}' for step, value in bench.peer_steps(name).items())} |"
        for name in bench.peers
    ]
    loads = ", ".join(f"{value:.1f}" for value in load)
    lines = [
        "# Linkage beside Splink and DuckDB",
        "",
        f"{bench.files}; {platform.processor() or platform.machine()}, {os.cpu_count()} cores; Splink {version('splink')},"
        f" DuckDB {version('duckdb')}; best of {len(bench.all.training)};"
        f" load average at the start and after each round: {loads}.",
        "",
        "Costs are wall seconds, CPU seconds and peak memory of a process. On a busy machine only ratios of CPU seconds count.",
        "",
        "| what | ours | peer | ratio | goal | holds |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(str, rows),
        "",
        "| our stages, CPU s | training | model kept |",
        "| --- | --- | --- |",
        *stages,
        "",
        "| keys made at import, by kind | cost |",
        "| --- | --- |",
        *(f"| {kind} | {cost} |" for kind, cost in bench.all.imports.items()),
        "",
        "| peer | CPU s by step, and pairs scored |",
        "| --- | --- |",
        *steps,
        "",
    ]
    return "\n".join(lines)


def enterprises(bench: "Bench") -> int:
    """How many enterprises our run saw."""
    items = map(json.loads, bench.all.warm.measured.stdout.splitlines())
    return next(int(item["count"]) for item in items if item["item"] == "enterprises")
