"""Travel times whose rows are filled by an Executor, perhaps in other processes."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.planner.executing import parts_done
from mobiplan.planner.filling import Ends, asked_of, by_neighbourhood, job_of, tasks_of
from mobiplan.planner.planner import Planner
from mobiplan.planner.progress import counting
from mobiplan.timetable.arrays import Int64

AT_ONCE = 128  # origins whose rows are one part: neighbours share a pass over the timetable


class Rows(NamedTuple):
    """What all parts share, and a worker is sent."""

    planner: Planner
    origins: Ends
    destinations: Ends
    depart: times.TimeLike
    within: times.DurationLike | None
    days: int
    lanes: int | None


def filled_by(executor: Executor, rows: Rows, progress: bool | None) -> Int64:
    """Return the travel times (origins, destinations) [s]; `matrices.NAT` where there is none."""
    n = len(rows.origins.ids)
    asked = asked_of(rows.planner, rows.depart, rows.within, rows.days)
    order = by_neighbourhood(job_of(asked, rows.origins, rows.destinations))
    parts = np.array_split(order, -(-n // AT_ONCE))
    seconds = np.empty((n, len(rows.destinations.ids)), dtype=np.int64)
    with counting(n, progress) as advance:
        for number, answer in parts_done(_fill, rows, parts, executor, 1):
            seconds[parts[number]] = answer
            advance(len(answer))
    return seconds


def some_of(ends: Ends, rows: Int64) -> Ends:
    """Return some of many places, in the order of `rows`."""
    first = np.searchsorted(ends.place, np.arange(len(ends.ids) + 1))
    size = np.diff(first)[rows]
    place = np.repeat(np.arange(len(rows), dtype=np.int32), size)
    within = np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size)
    kept = np.repeat(first[rows], size) + within
    return Ends(
        [ends.ids[row] for row in rows.tolist()],
        place,
        ends.station[kept],
        ends.walk[kept],
        ends.own[kept],
        ends.lat[rows],
        ends.lon[rows],
    )


def _fill(rows: Rows, part: Int64) -> Int64:
    origins = some_of(rows.origins, part)
    asked = asked_of(rows.planner, rows.depart, rows.within, rows.days)
    seconds = np.empty((len(part), len(rows.destinations.ids)), dtype=np.int64)
    for task in tasks_of(job_of(asked, origins, rows.destinations), seconds, rows.lanes, 1):
        task()
    return seconds
