"""Our side: `gonghui` on two data folders, one with every source and one with the register and its enterprises only."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from measure import Cost, Measured, best, run

KINDS = ["enterprises", "unions", "covers", "members", "insurance", "tax", "drivers"]
#: What a linkage without the evidence of members and insurance may see.
REGISTER_KINDS = ["enterprises", "unions", "covers"]

READ_ENTERPRISES = "读取市场主体"
READ_INSURANCE = "读取参保和申报记录"
RESOLVE_EMPLOYERS = "认定用人单位"
MATCH_MEMBERS = "会员与参保人员匹配"
MATCH_UNIONS = "工会与单位匹配"
MATCH_AT_EMPLOYERS = "按单位匹配其余会员"
#: What the stages of a run do, in the table's language.
ENGLISH = {
    READ_ENTERPRISES: "read enterprises",
    READ_INSURANCE: "read insurance and tax",
    RESOLVE_EMPLOYERS: "resolve employers",
    MATCH_MEMBERS: "members by number",
    MATCH_UNIONS: "match unions",
    MATCH_AT_EMPLOYERS: "members at employers",
    "汇总用人单位情况": "sum up employers",
    "运行规则": "run the rules",
    "写出结果": "write the results",
}


@dataclass(frozen=True)
class Run:
    """A run of the main job: the whole process, and the CPU seconds of its stages."""

    measured: Measured

    @property
    def stages(self) -> dict[str, float]:
        items = (json.loads(line) for line in self.measured.stdout.splitlines())
        return {
            item["item"].removeprefix("cpu ms "): item["count"] / 1000
            for item in items
            if item["item"].startswith("cpu ms ")
        }

    def peak(self, stage: str) -> float:
        """The most memory in GiB that the process had held when this stage ended."""
        items = (json.loads(line) for line in self.measured.stdout.splitlines())
        return next(item["count"] / 1024 for item in items if item["item"] == f"peak MiB {stage}")

    def cpu(self, stages: Iterable[str]) -> float:
        """CPU seconds of these stages; every one must be there."""
        known = self.stages
        missing = set(stages) - known.keys()
        if missing:
            raise SystemExit(f"bench: the run has no stage {', '.join(sorted(missing))}: it has {', '.join(known)}")
        return sum(known[stage] for stage in stages)


@dataclass
class Folder:
    """A data folder with what was imported into it and what was run on it."""

    gonghui: Path
    name: str
    work: Path
    imports: dict[str, Cost] = field(default_factory=dict)
    training: list[Run] = field(default_factory=list)
    frozen: list[Run] = field(default_factory=list)
    bare: list[Run] = field(default_factory=list)

    def call(self, what: str, *arguments: str) -> Measured:
        """One command on this data folder, measured."""
        command = [str(self.gonghui), "--data", str(self.work / self.name), *arguments]
        log = self.work / f"{self.name}-{what.replace(',', '').replace(' ', '-')}.log"
        return run(f"gonghui, {self.name}: {what}", command, log)

    def fill(self, files: Path, kinds: list[str]) -> None:
        """A new folder with these kinds, each imported by a process of its own."""
        shutil.rmtree(self.work / self.name, ignore_errors=True)
        self.call("init", "init")
        for kind in kinds:
            found = [file for form in ("parquet", "csv", "xlsx") if (file := files / f"{kind}.{form}").exists()]
            if found:
                measured = self.call(f"import {kind}", "import", "--kind", kind, str(found[0]), "--format", "json")
                self.imports[kind] = measured.cost

    def reconcile(self, as_of: str | None, *, train: bool) -> None:
        """One run; the first after the imports trains whether it is asked to or not."""
        day = ["--as-of", as_of] if as_of else []
        again = ["--retrain"] if train and self.training else []
        what = "reconcile, training" if train else "reconcile, model kept"
        made = Run(self.call(what, "reconcile", *day, *again, "--format", "json"))
        (self.training if train else self.frozen).append(made)

    def reconcile_bare(self, as_of: str | None) -> None:
        """A training run that finds the Parquet files alone: the record stores that the imports left are deleted."""
        for store in (self.work / self.name / "lake").glob("*/*.records"):
            shutil.rmtree(store)
        day = ["--as-of", as_of] if as_of else []
        made = self.call("reconcile, no record stores", "reconcile", *day, "--retrain", "--format", "json")
        self.bare.append(Run(made))

    def imported(self, kinds: Iterable[str]) -> Cost:
        """What taking in these kinds cost."""
        return sum((self.imports[kind] for kind in kinds if kind in self.imports), Cost(0, 0, 0))

    @property
    def cold(self) -> Run:
        return Run(best([made.measured for made in self.training]))

    @property
    def without_stores(self) -> Run:
        return Run(best([made.measured for made in self.bare]))

    @property
    def warm(self) -> Run:
        return Run(best([made.measured for made in self.frozen]))
