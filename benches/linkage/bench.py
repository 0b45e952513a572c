"""Our linkage beside Splink and plain DuckDB SQL, in one run on one machine: see `benches/linkage.sh`.

Every job is a process of its own; the jobs of a round alternate between the two sides, and of all rounds the one with
the least CPU counts. Figures go to stdout and to WORK/figures.md.
"""

import argparse
import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import figures
from measure import Cost, Measured, best, run
from ours import KINDS, REGISTER_KINDS, Folder

HERE = Path(__file__).resolve().parent


class Bench:
    """Both sides, their measurements and their scores."""

    def __init__(self, files: Path, work: Path, gonghui: Path) -> None:
        self.files, self.work = files, work
        self.peers: dict[str, list[Measured]] = {}
        self.all = Folder(gonghui, "all", work)
        self.register = Folder(gonghui, "register", work)
        self.as_of = city_day(files)
        self.next_day: Cost | None = None

    def peer(self, name: str, script: str, *arguments: str) -> None:
        command = [sys.executable, str(HERE / script), str(self.files), *arguments]
        self.peers.setdefault(name, []).append(run(f"peer: {name}", command, self.work / f"peer-{name}.log"))

    def round(self) -> None:
        """Each job once, the sides in turn."""
        links, voted = self.work / "splink-links.parquet", self.work / "splink-voted.parquet"
        self.peer("exact", "duckdb_exact.py", str(self.work / "exact"))
        self.all.reconcile(self.as_of, train=True)
        self.peer("unions", "splink_unions.py", str(links))
        self.register.reconcile(self.as_of, train=True)
        self.peer("unions-vote", "splink_unions.py", str(voted), "--vote")
        self.all.reconcile(self.as_of, train=False)
        self.peer("persons", "splink_persons.py", str(voted), str(self.work / "splink-persons.parquet"))
        self.register.reconcile(self.as_of, train=False)
        for folder in (self.all, self.register):
            folder.reconcile_bare(self.as_of)

    def peer_cost(self, name: str) -> Cost:
        return best(self.peers[name]).cost

    def peer_steps(self, name: str) -> dict[str, float]:
        """CPU seconds by step of the run that counts."""
        steps: dict[str, float] = json.loads(best(self.peers[name]).stdout.splitlines()[-1])
        return steps

    def score(self, kind: str, *arguments: Path) -> dict[str, Any]:
        command = [sys.executable, str(HERE / "score.py"), kind, str(self.files), *map(str, arguments)]
        scored = run(f"score {kind} of {arguments[0].name}", command, self.work / "score.log")
        score: dict[str, Any] = json.loads(scored.stdout)
        return score

    def scores(self) -> dict[str, dict[str, Any]]:
        """Both sides before the same judge."""
        work = self.work
        for folder in (self.all, self.register):
            folder.call("export links", "export", "links", "--out", str(work / f"{folder.name}-links.csv"))
        members, found = work / "all-members.parquet", work / "all-found.csv"
        self.all.call("export members", "export", "members-insured", "--format", "parquet", "--out", str(members))
        listed = self.all.call("export list", "export", "list", "--rule", "found-25", "--format", "json").stdout
        subjects = [json.loads(line)["subject_id"] for line in listed.splitlines()]
        found.write_text("\n".join(["enterprise_id", *subjects, ""]), encoding="utf-8")
        left = work / "splink-persons.left.parquet"
        return {
            "ours links": self.score("links", work / "all-links.csv"),
            "ours register links": self.score("links", work / "register-links.csv"),
            "ours members": self.score("members", members),
            "ours persons": self.score("persons", members, left),
            "ours found": self.score("found", found),
            "peer links": self.score("links", work / "splink-voted.parquet"),
            "peer register links": self.score("links", work / "splink-links.parquet"),
            "peer exact links": self.score("links", work / "exact" / "linked.parquet"),
            "peer members": self.score("members", work / "exact" / "member_insured.parquet"),
            "peer persons": self.score("persons", work / "splink-persons.parquet", left),
            "peer found": self.score("found", work / "exact" / "found_25.parquet"),
        }

    def report(self) -> dict[str, Any]:
        """How our run's blocking went."""
        report: dict[str, Any] = json.loads(self.all.call("link report", "link", "report", "--format", "json").stdout)
        linkage: dict[str, Any] = report["linkage"]
        return linkage

    def delta(self) -> None:
        """The next day's files and a run on them, where the city has any."""
        folder = self.files / "next-day"
        if not (folder.is_dir() and self.as_of):
            return
        tomorrow = (date.fromisoformat(self.as_of) + timedelta(days=1)).isoformat()
        imported = self.all.call("import next day", "import", str(folder), "--format", "json").cost
        ran = self.all.call("reconcile next day", "reconcile", "--as-of", tomorrow, "--format", "json").cost
        self.next_day = imported + ran


def city_day(files: Path) -> str | None:
    """The day a generated city is made for; None: today."""
    summary = files / "truth" / "city.json"
    return str(json.loads(summary.read_text(encoding="utf-8"))["as_of"]) if summary.exists() else None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--gonghui", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    for wanted in ("unions.parquet", "enterprises.parquet", "members.parquet", "insurance.parquet", "truth/links.csv"):
        if not (given.files / wanted).exists():
            raise SystemExit(
                f"bench: {given.files / wanted} is not there: the peer reads Parquet as `gonghui demo` writes it"
            )
    given.work.mkdir(parents=True, exist_ok=True)
    load = [os.getloadavg()[0]]
    bench = Bench(given.files, given.work, given.gonghui)
    bench.all.fill(given.files, KINDS)
    bench.register.fill(given.files, REGISTER_KINDS)
    for _ in range(given.rounds):
        bench.round()
        load.append(os.getloadavg()[0])
    scores, report = bench.scores(), bench.report()
    bench.delta()
    text = figures.page(bench, scores, report, load)
    (given.work / "figures.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
