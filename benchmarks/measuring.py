"""Clocks: repeated runs, interleaved queries, fresh processes."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mobiplan as mp

SOURCE = Path(mp.__file__).parents[1]  # new processes measure the same mobiplan


@dataclass(frozen=True)
class Timed:
    """An answer whose time was taken elsewhere: in another process, by its own clock."""

    answer: Any
    seconds: float


@dataclass(frozen=True)
class Times:
    """Seconds of several runs of one thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = readable(min(self.seconds)), readable(max(self.seconds))
        return f"{readable(self.median)} ({low} to {high}, {len(self.seconds)} runs)"


def readable(seconds: float) -> str:
    """Write seconds with three digits and a unit.

    >>> readable(0.0123), readable(1.5), readable(2.5e-4)
    ('12.3 ms', '1.50 s', '250 µs')
    """
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1 or unit == "µs":
            value = seconds * factor
            return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"
    raise AssertionError


def repeated(function: Callable[[], Any], n: int) -> Times:
    """Time `n` runs of `function` after one that does not count."""
    function()
    seconds = []
    for _ in range(n):
        gc.collect()
        began = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - began)
        del result
    return Times(tuple(seconds))


def interleaved(
    functions: Mapping[str, Callable[[Any], Any]], queries: Sequence[Any], passes: int = 5
) -> dict[str, NDArray[np.float64]]:
    """Time each function on each query, one after another, and keep the best pass of each query.

    Separate passes over all queries would give each function another machine: the clock, the
    caches and the neighbours change, which moved ratios by 30 % here. In each pass the
    functions take turns in being first. What returns `Timed` is believed.
    """
    names = list(functions)
    best = {name: np.full(len(queries), np.inf) for name in names}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for k in range(passes):
            for row, query in enumerate(queries):
                for turn in range(len(names)):
                    name = names[(turn + k + row) % len(names)]
                    function = functions[name]
                    began = time.perf_counter()
                    answer = function(query)
                    seconds = time.perf_counter() - began
                    if isinstance(answer, Timed):
                        seconds = answer.seconds
                    if seconds < best[name][row]:
                        best[name][row] = seconds
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return best


@dataclass(frozen=True)
class Fresh:
    """What a new process needed."""

    wall: float  # s from starting Python to its end
    inside: float  # s as the code itself tells, 0.0 if it does not
    peak_mb: float  # largest resident memory
    told: dict[str, Any]


#: Runs before the code: `tell(inside=...)` hands facts out.
_FRAME = """
import json, sys, time
told = {}
def tell(**facts):
    told.update(facts)
"""
# Not ru_maxrss: Linux hands the largest size of the process that started this one down to it.
_END = """
import os, resource
peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if os.path.exists("/proc/self/status"):
    lines = open("/proc/self/status").read().splitlines()
    peak_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
told["peak_kb"] = peak_kb
sys.stdout.write("\\n" + json.dumps(told))
"""


def fresh(code: str, cache: Path | None = None) -> Fresh:
    """Run `code` in a new Python process with mobiplan importable.

    Parameters
    ----------
    code : str
        May call ``tell(inside=seconds, ...)``.
    cache : path, optional
        Where numba keeps compiled kernels; by default beside the source.
    """
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _FRAME + code + _END],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(f"{code}\n{done.stderr}")
    told = json.loads(done.stdout.rpartition("\n")[2])
    return Fresh(wall, told.get("inside", 0.0), told.pop("peak_kb") / 1024, told)
