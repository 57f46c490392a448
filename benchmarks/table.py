"""Rows, and how they are printed: on the terminal and as Markdown."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One measured thing."""

    what: str
    measured: str
    at_most: str = ""
    aim: str = ""
    holds: bool | None = None  # None where nothing is asked

    @classmethod
    def bounded(
        cls, what: str, value: float, text: str, at_most: float, unit: str, aim: float | None = None
    ) -> Row:
        """Make a row whose `value` must not be above `at_most`."""
        goal = "" if aim is None else f"{aim:g} {unit}".strip()
        return cls(what, text, f"{at_most:g} {unit}".strip(), goal, value <= at_most)

    @property
    def verdict(self) -> str:
        return "" if self.holds is None else "yes" if self.holds else "**no**"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns also line up on a terminal.

    >>> print(markdown(["what", "time"], [["load", "1 s"]]))
    | what | time |
    |------|------|
    | load | 1 s  |
    """
    table = [list(header), *(list(row) for row in rows)]
    width = [max(len(row[k]) for row in table) for k in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width[k]) for k, cell in enumerate(row)) + " |"
        for row in table
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in width) + "|")
    return "\n".join(lines)


def bounds_table(rows: Sequence[Row]) -> str:
    """Return measured against asked."""
    return markdown(
        ["what", "measured", "at most", "aim", "holds"],
        [[row.what, row.measured, row.at_most, row.aim, row.verdict] for row in rows],
    )


def machine() -> str:
    """Say on what, when and with which versions this was measured."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        *(),
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "numba"))
    return (
        f"{dt.date.today().isoformat()}, {cpu}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {libraries}, mobiplan {commit or 'unknown'}"
    )
