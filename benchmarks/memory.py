"""The peak memory of a process that opened the saved timetable and answered every query type."""

from __future__ import annotations

import tempfile
from pathlib import Path

import feeds
from measuring import fresh
from table import Row

import mobiplan as mp

WITHOUT_TABLES_MB, WITH_TABLES_MB = 220, 320  # what the project asks of itself

#: Journeys only. Methods that a version does not have are left out, and named.
_JOURNEYS = """
import mobiplan as mp
planner = mp.Planner(mp.load({source!r}))
ends, absent, peaks = ("Rennes", "Grenoble"), [], {{}}
def peak_mb():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
peaks["opened"] = peak_mb()
def ask(method, *args, **kwargs):
    if not hasattr(planner, method):
        absent.append(method)
        return
    for journey in getattr(planner, method)(*args, **kwargs):
        journey.legs
    peaks[" ".join((method, *map(str, kwargs.get("criteria", ()))))] = peak_mb()
ask("earliest_arrival", *ends, depart="{date} 08:00")
ask("latest_departure", *ends, arrive="{date} 20:00")
ask("profile", *ends, date="{date}")
two, three = ("arrival", "transfers"), ("arrival", "transfers", "walking")
ask("pareto", *ends, depart="{date} 08:00", criteria=two)
ask("pareto", *ends, depart="{date} 08:00", criteria=three, slack=0.25)
ask("plan", *ends, depart="{date} 08:00")
planner.graph("{date}", 2).arcs
tell(absent=absent, peaks=peaks, pandas="pandas" in sys.modules)
"""
#: One table of each kind, and all stations to a hundred: the result itself is small.
_TABLES = """
reach = planner.one_to_all("Rennes", depart="{date} 08:00")
goals = sorted(planner.timetable.stations.id)[::40]
matrix = planner.travel_times(None, goals, depart="{date} 08:00", threads=2)
planner.profile(*ends, date="{date}").to_frame()
tell(cells=len(matrix))
"""


def measure() -> list[Row]:
    """Return the rows of the table, each with its limit."""
    with tempfile.TemporaryDirectory(prefix="mobiplan-") as folder:
        saved = Path(folder) / "national.timetable"
        mp.load(feeds.NATIONAL.paths()).save(saved)
        journeys = _JOURNEYS.format(source=str(saved), date=feeds.NATIONAL.date)
        fresh(journeys)  # compiles
        plain = fresh(journeys)
        tables = fresh(journeys + _TABLES.format(date=feeds.NATIONAL.date))
    imported = "pandas imported" if plain.told["pandas"] else "pandas not imported"
    peaks = plain.told["peaks"]
    absent = ", ".join(sorted(set(plain.told["absent"])))
    if absent:
        imported += f"; without {absent}, which this version has not"
    return [
        Row.bounded(
            "all journey queries",
            *(plain.peak_mb, f"{plain.peak_mb:.0f} MB, {imported}", WITHOUT_TABLES_MB, "MB"),
        ),
        Row("  its peak after each [MB]", "; ".join(f"{k} {v}" for k, v in peaks.items())),
        Row.bounded(
            f"also tables, the largest of {tables.told['cells']:,} cells",
            *(tables.peak_mb, f"{tables.peak_mb:.0f} MB", WITH_TABLES_MB, "MB"),
        ),
    ]
