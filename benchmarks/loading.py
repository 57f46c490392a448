"""From files to a planner that answers: the figures of issue 2."""

from __future__ import annotations

import tempfile
from pathlib import Path

import feeds
from measuring import Times, fresh, readable, repeated
from table import Row

import mobiplan as mp
from mobiplan.timetable.expanding import make_graph

QUERY = f"earliest_arrival('Rennes', 'Grenoble', depart='{feeds.NATIONAL.date} 08:00').best"

_IMPORT = """
began = time.perf_counter()
import mobiplan
tell(inside=time.perf_counter() - began)
"""
_ANSWER = """
import mobiplan as mp
planner = mp.Planner(mp.load({source!r}))
journey = planner.{query}
journey.legs
tell(pandas="pandas" in sys.modules, gtfs_kit="gtfs_kit" in sys.modules)
"""
_REOPEN = """
import mobiplan as mp
mp.load, mp.Planner
began = time.perf_counter()
mp.Planner(mp.load({source!r}))
tell(inside=time.perf_counter() - began)
"""
_LOAD = """
import mobiplan as mp
began = time.perf_counter()
timetable = mp.load({source!r})
tell(inside=time.perf_counter() - began, rows=len(timetable.calls.stop))
"""


def measure(repetitions: int) -> list[Row]:
    """Return the table of issue 2."""
    with tempfile.TemporaryDirectory(prefix="mobiplan-") as folder:
        return [
            *_in_this_process(Path(folder), repetitions),
            *_in_new_ones(Path(folder), repetitions),
        ]


def _in_this_process(folder: Path, repetitions: int) -> list[Row]:
    national = feeds.NATIONAL.paths()
    saved = folder / "national.timetable"
    timetable = mp.load(national)
    timetable.save(saved)
    first_day = timetable.require_date(feeds.NATIONAL.date)
    ready = repeated(lambda: mp.Planner(mp.load(national)), repetitions)
    reopened = repeated(lambda: mp.Planner(mp.load(saved)), 5 * repetitions)
    arcs = repeated(lambda: make_graph(timetable, first_day, 3).arcs, 5 * repetitions)
    made = repeated(lambda: make_graph(timetable, first_day, 3), 5 * repetitions)
    return [
        _timed("zips to Planner, imports done", ready, 1.0, 0.5),
        _timed("saved timetable to Planner, imports done", reopened, 0.020),
        _timed("three service days: connections and arcs", arcs, 0.30, 0.15),
        Row("  of which the connections, all that a scan needs", str(made)),
    ]


def _in_new_ones(folder: Path, repetitions: int) -> list[Row]:
    national, saved = feeds.NATIONAL.paths(), str(folder / "national.timetable")
    fresh(_ANSWER.format(source=saved, query=QUERY))  # compiles, and fills the caches

    imports = [fresh(_IMPORT) for _ in range(2 * repetitions)]
    from_zip = [fresh(_ANSWER.format(source=national, query=QUERY)) for _ in range(repetitions)]
    from_saved = [fresh(_ANSWER.format(source=saved, query=QUERY)) for _ in range(repetitions)]
    reopen = [fresh(_REOPEN.format(source=saved)) for _ in range(repetitions)]
    metro = [fresh(_LOAD.format(source=feeds.METRO.paths())) for _ in range(3)]

    def compiling(source: object, n: int) -> Times:
        runs = []
        for k in range(n):
            cache = folder / f"cache-{k}-{abs(hash(str(source)))}"
            runs.append(fresh(_ANSWER.format(source=source, query=QUERY), cache=cache).wall)
        return Times(tuple(runs))

    n_few = max(3, repetitions // 2)
    metro_peak = max(run.peak_mb for run in metro)
    saved_peak, zip_peak = (max(run.peak_mb for run in runs) for runs in (from_saved, from_zip))
    tables = "pandas imported" if from_saved[0].told["pandas"] else "pandas not imported"
    return [
        _timed("`import mobiplan`", Times(tuple(run.inside for run in imports)), 0.3),
        _timed("new process: zips to first answer", _wall(from_zip), 3.0),
        _timed(
            "new process, empty kernel cache: zips to first answer", compiling(national, n_few), 5.0
        ),
        Row("new process: saved timetable to first answer", str(_wall(from_saved))),
        _timed(
            "new process, empty kernel cache: saved timetable to first answer",
            *(compiling(saved, n_few), 5.0),
        ),
        Row(
            "new process: reopening alone, after `import mobiplan`",
            str(Times(tuple(run.inside for run in reopen))),
        ),
        Row("memory of that process, saved timetable", f"{saved_peak:.0f} MB, {tables}"),
        Row("memory of that process, zips", f"{zip_peak:.0f} MB"),
        _timed(
            f"metro feed ({metro[0].told['rows']:,} stop times), new process",
            *(Times(tuple(run.inside for run in metro)), 8.0),
        ),
        Row.bounded("  its peak memory", metro_peak, f"{metro_peak:.0f} MB", 1500, "MB"),
    ]


def _wall(runs: list) -> Times:  # type: ignore[type-arg]
    return Times(tuple(run.wall for run in runs))


def _timed(what: str, taken: Times, at_most: float, aim: float | None = None) -> Row:
    limit = at_most
    goal = "" if aim is None else readable(aim)
    return Row(what, str(taken), readable(limit), goal, taken.median <= limit)
