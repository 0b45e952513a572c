"""One process at a time: its own wall and CPU seconds and its highest resident set."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU (user and system), peak memory in GiB."""

    wall: float
    cpu: float
    memory: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory))

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, CPU {self.cpu:.2f} s, {self.memory:.2f} GiB"


@dataclass(frozen=True)
class Measured:
    """What a process cost and what it wrote to stdout."""

    cost: Cost
    stdout: str


def run(what: str, command: list[str], log: Path, env: Mapping[str, str] | None = None) -> Measured:
    """Runs `command`; its stderr goes to `log`. Ends the bench with the end of the log if the process fails.

    The parent must stay small: Linux counts the memory of the forking process into the child's peak.
    """
    print(f"bench: {what} …", file=sys.stderr, flush=True)
    out = log.with_suffix(".out")
    with log.open("wb") as errors, out.open("wb") as data:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=data, stderr=errors, env={**os.environ, **(env or {})})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise SystemExit(f"{tail}\nbench: '{what}' ended with {process.returncode}; its log is {log}")
    cost = Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)
    print(f"bench: {what}: {cost}", file=sys.stderr, flush=True)
    return Measured(cost, out.read_text(encoding="utf-8"))


def best(runs: list[Measured]) -> Measured:
    """The run that used the least CPU."""
    return min(runs, key=lambda measured: measured.cost.cpu)
