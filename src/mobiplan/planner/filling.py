"""Filling: the rows of a matrix, some origins at a time, by a scan or a sweep of their own.

Every cell is an arrival, and equals that of `Planner.earliest_arrival`, the walk from door to
door included.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys.itinerary import Place, Question
from mobiplan.planner.progress import counting
from mobiplan.timetable.arrays import Bool, Float64, Int32, Int64
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner
    from mobiplan.search.reach import Destinations, Origins, Timeline

FEW = 8  # origins up to which a scan for each is faster than a pass with sets


class Ends(NamedTuple):
    """Many places at once: a row for each station where a journey of theirs begins or ends."""

    ids: list[Any]  # of the n places, as the caller names them
    place: Int32  # (k,) number of the place, ascending
    station: Int32  # (k,) row in Timetable.stations
    walk: Int32  # (k,) s between place and station
    own: Bool  # (k,) whether the place holds the station, or lies beside it
    lat: Float64  # (n,) degrees; NaN where a place is not a point
    lon: Float64  # (n,) degrees

    def to_place(self, number: int) -> Place:
        """Return one of the places as a single question takes it."""
        mine = (self.place == number) & self.own
        lat, lon = float(self.lat[number]), float(self.lon[number])
        point = (None, None) if np.isnan(lat) else (lat, lon)
        stations, walks = tuple(self.station[mine].tolist()), tuple(self.walk[mine].tolist())
        return Place(self.ids[number], stations, walks, *point)


class Walks(NamedTuple):
    """Ways on foot from door to door, in any order; the shortest counts."""

    origin: Int32  # (k,) number of the place
    destination: Int32  # (k,) number of the place
    duration: Int32  # (k,) s


class Asked(NamedTuple):
    """What all cells share; times in seconds since the graph's epoch."""

    planner: Planner
    graph: TimeExpandedGraph
    depart: int
    arrive: int  # no train is counted that arrives later
    on_foot: int  # nor a walk that ends later
    days: int


def asked_of(
    planner: Planner, depart: times.TimeLike, within: times.DurationLike | None, days: int
) -> Asked:
    """Parse what all cells share."""
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    longest = None if within is None else times.parse_duration(within, "within")
    instant = times.parse_time(depart, times.zone(planner.timetable.timezones[0]), "depart")
    graph, _ = planner.windows.around(instant, days, backward=False)
    begin = max(instant - graph.epoch, 0)
    on_foot = NEVER - 1 if longest is None else begin + longest
    return Asked(planner, graph, begin, min(on_foot, graph.complete_until), on_foot, days)


# ---------------------------------------------------------------------- places as groups


def _pairs(left: Int32, right: Int32) -> tuple[Int64, Int64]:
    """Return all (row of `left`, row of `right`) with equal values, by row of `left`."""
    order = np.argsort(right, kind="stable")
    known = right[order]
    low = np.searchsorted(known, left, side="left")
    count = np.searchsorted(known, left, side="right") - low
    first = np.repeat(np.arange(len(left)), count)
    within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return first, order[np.repeat(low, count) + within]


def origins_of(timetable: Timetable, ends: Ends) -> Origins:
    """Return the boarding groups of places."""
    from mobiplan.search.reach import Origins

    row, group = _pairs(ends.station, timetable.groups.boarding_station)
    access = ends.walk[row] + timetable.groups.closing[group]
    return Origins(ends.place[row], group.astype(np.int32), access)


def destinations_of(timetable: Timetable, ends: Ends) -> Destinations:
    """Return the arrival groups of places."""
    from mobiplan.search.reach import Destinations

    n_groups = len(timetable.groups.arrival_station)
    row, group = _pairs(ends.station, timetable.groups.arrival_station)
    order = np.argsort(group, kind="stable")
    row, group = row[order], group[order]
    ptr = np.searchsorted(group, np.arange(n_groups + 2)).astype(np.int32)
    return Destinations(ptr, np.stack([ends.place[row], ends.walk[row]], axis=1).ravel())


def _walks(asked: Asked, origins: Ends, destinations: Ends) -> Walks:
    """Return what `Places.walking_time` says of all pairs, a row for each way."""
    rules = asked.planner.timetable.rules
    own = np.flatnonzero(destinations.own)
    one, other = _pairs(origins.station, destinations.station[own])
    other = own[other]
    walk = origins.walk[one] + destinations.walk[other]
    parts = [(origins.place[one], destinations.place[other], walk)]
    # From point to point one may walk straight.
    to = np.flatnonzero(~np.isnan(destinations.lat)).astype(np.int32)
    for here in np.flatnonzero(~np.isnan(origins.lat)).tolist() if len(to) else ():
        lat, lon = destinations.lat[to], destinations.lon[to]
        metres = distance_m(origins.lat[here], origins.lon[here], lat, lon)
        near = metres <= rules.access_reach_m
        on_foot = np.ceil(metres[near] * rules.detour / rules.walking_speed_m_s)
        parts.append((np.full(len(on_foot), here, np.int32), to[near], on_foot))
    walks = Walks(
        *(np.concatenate(part).astype(np.int32) for part in zip(*parts, strict=True)),
    )
    needs = asked.planner.needs
    limits = [needs.seconds("max_walking"), needs.seconds("max_duration")]
    longest = 0 if needs.via else min((s for s in limits if s is not None), default=NEVER)
    return Walks(*(column[walks.duration <= longest] for column in walks))


# ---------------------------------------------------------------------- the cells


class Job(NamedTuple):
    """Origins and destinations as groups and walks; tasks fill some origins' rows each."""

    asked: Asked
    origins: Ends
    destinations: Ends
    starts: Origins
    goals: Destinations
    walks: Walks

    def on_foot(self, lane_of: Int64, best: Int32) -> None:
        """Lower `best` (lanes, destinations) to walks; origins whose lane is -1 are left out."""
        lane = lane_of[self.walks.origin]
        arrival = self.walks.duration + np.int32(self.asked.depart)
        mine = (lane >= 0) & (arrival <= self.asked.on_foot)
        np.minimum.at(best, (lane[mine], self.walks.destination[mine]), arrival[mine])

    def lanes(self, rows: Int64) -> Int64:
        """Return the lane of each origin: its place in `rows`, -1 where it is not one of them."""
        lane_of = np.full(len(self.origins.ids), -1)
        lane_of[rows] = np.arange(len(rows))
        return lane_of


def job_of(asked: Asked, origins: Ends, destinations: Ends) -> Job:
    """Lay out what the rows of a matrix are filled from."""
    timetable = asked.planner.timetable
    starts, goals = origins_of(timetable, origins), destinations_of(timetable, destinations)
    return Job(asked, origins, destinations, starts, goals, _walks(asked, origins, destinations))


def _scan(job: Job, rows: Int64, *, narrow: bool) -> Int32:
    """Return the arrivals (rows, destinations) by a scan for each origin."""
    from mobiplan.search.reach import scan_to_all

    asked, starts = job.asked, job.starts
    best = np.full((len(rows), len(job.destinations.ids)), NEVER, dtype=np.int32)
    job.on_foot(job.lanes(rows), best)
    labels = asked.planner._labels(asked.graph)
    for lane, row in enumerate(rows.tolist()):
        mine = slice(*np.searchsorted(starts.origin, [row, row + 1]))
        scan_to_all(
            asked.graph,
            labels,
            starts.group[mine],
            starts.access[mine],
            job.goals,
            asked.depart,
            asked.arrive,
            best[lane],
            narrow=narrow,
        )
    return best


def _sweep(job: Job, rows: Int64, timeline: Timeline, best: Int32) -> None:
    """Lower `best` (destinations, LANES) to the arrivals of a block of origins, in one pass."""
    from mobiplan.search.reach import Origins, sweep_to_all

    lane_of = job.lanes(rows)
    best.fill(NEVER)
    job.on_foot(lane_of, best.T)
    lane = lane_of[job.starts.origin].astype(np.int32)
    starts = Origins(lane[lane >= 0], job.starts.group[lane >= 0], job.starts.access[lane >= 0])
    asked = job.asked
    sweep_to_all(asked.graph, timeline, starts, job.goals, asked.depart, asked.arrive, best)


def singly(job: Job, rows: Int64) -> Int32:
    """Return the arrivals (rows, destinations) under what neither a scan nor a pass can heed."""
    if job.asked.planner.timetable.rules.no_hop_shortcuts:
        return _ask(job, rows)
    return _within_limits(job, rows)


def _within_limits(job: Job, rows: Int64) -> Int32:
    """Return the arrivals (rows, destinations) by a sweep with bags for each origin."""
    from mobiplan.planner.limited import arrivals_within
    from mobiplan.search.ends import Bounds

    asked, goals, n = job.asked, _goals_on_foot(job), len(job.destinations.ids)
    best = np.full((len(rows), n), NEVER, dtype=np.int32)
    job.on_foot(job.lanes(rows), best)
    bounds = Bounds(asked.depart, asked.arrive)
    for lane, row in enumerate(rows.tolist()):
        origin = job.origins.to_place(row)
        found = arrivals_within(asked.planner, asked.graph, origin, job.goals.ptr, goals, n, bounds)
        np.minimum(best[lane], found, out=best[lane])
    return best


def _goals_on_foot(job: Job) -> Int32:
    """Return the goals (k, 3): destination, seconds to it, of which on foot."""
    planner, ends = job.asked.planner, job.destinations
    goals = np.repeat(job.goals.packed.reshape(-1, 2), [1, 2], axis=1)
    if planner.needs.max_walking is None:
        return goals  # nobody asks how far one walks
    group = np.repeat(np.arange(len(job.goals.ptr) - 1), np.diff(job.goals.ptr))
    for row in np.flatnonzero(goals[:, 1]).tolist():
        station = planner.timetable.groups.arrival_station[group[row] : group[row] + 1]
        place = ends.to_place(int(goals[row, 0]))
        goals[row, 2] -= planner.places._across_to(place, station)[0]
    return goals


def _ask(job: Job, rows: Int64) -> Int32:
    """Return the arrivals (rows, destinations) by single questions, where a scan cannot decide.

    Which changes are shortcuts is a matter of whole journeys (`search.shortcuts`).
    """
    asked, n = job.asked, len(job.destinations.ids)
    epoch = asked.graph.epoch
    latest = None if asked.on_foot == NEVER - 1 else epoch + asked.on_foot
    best = np.full((len(rows), n), NEVER, dtype=np.int32)
    job.on_foot(job.lanes(rows), best)
    goals = [job.destinations.to_place(column) for column in range(n)]
    for lane, row in enumerate(rows.tolist()):
        origin = job.origins.to_place(row)
        for column, goal in enumerate(goals):
            question = Question(
                "earliest_arrival", origin, goal, epoch + asked.depart, latest, asked.days
            )
            itinerary, _ = asked.planner.search(asked.graph, question, "auto")
            if itinerary is not None:
                best[lane, column] = min(best[lane, column], itinerary.arrival)
    return best


# ---------------------------------------------------------------------- many rows

Task = Callable[[], int]  # fills some rows of the matrix and returns how many


def tasks_of(job: Job, seconds: Int64, lanes: int | None, n_threads: int) -> list[Task]:
    """Divide the rows of `seconds` (origins, destinations): threads, or others, run the tasks."""
    from mobiplan.search.reach import LANES, make_timeline, write_block, write_row

    asked, n = job.asked, len(seconds)
    single = partial(_scan, narrow=lanes is None)
    if asked.planner.asks_singly:
        lanes, single = 1, partial(singly)
    if lanes == 1 or (lanes is None and n <= FEW):

        def fill_singly(rows: Int64) -> int:
            for row, best in zip(rows.tolist(), single(job, rows), strict=True):
                write_row(best, asked.depart, seconds[row])
            return len(rows)

        return [partial(fill_singly, rows) for rows in np.array_split(np.arange(n), -(-n // 16))]

    timeline = make_timeline(asked.graph, asked.depart, asked.arrive)
    asked.graph.arcs  # noqa: B018 (made once, not by each thread)
    # As many blocks for each thread as for the others. Neighbours share a block: what they
    # reach, they reach by the same trains.
    n_blocks = -(-n // (lanes or LANES))
    if n >= 32 * n_threads:
        n_blocks = -(-n_blocks // n_threads) * n_threads
    blocks = np.array_split(by_neighbourhood(job), n_blocks)
    shape = (len(job.destinations.ids), LANES)
    spare = [np.empty(shape, dtype=np.int32) for _ in range(min(n_threads, n_blocks))]

    def fill_block(rows: Int64) -> int:
        best = spare.pop()  # there is one for each thread
        _sweep(job, rows, timeline, best)
        write_block(best, asked.depart, rows, seconds)
        spare.append(best)
        return len(rows)

    return [partial(fill_block, rows) for rows in blocks]


def by_neighbourhood(job: Job) -> Int64:
    """Return the origins along a Z-order curve through their stations (Morton, 1966)."""
    stations = job.asked.planner.timetable.stations
    first = job.origins.station[np.searchsorted(job.origins.place, np.arange(len(job.origins.ids)))]
    key = np.zeros(len(first), dtype=np.int64)
    for shift, degrees in enumerate((stations.lon[first], stations.lat[first])):
        # 1/64 of a degree is about a kilometre.
        cell = (np.nan_to_num(degrees) * 64 + 2**14).astype(np.int64)
        for bit in range(15):
            key |= ((cell >> bit) & 1) << (2 * bit + shift)
    return np.argsort(key, kind="stable")


def fill(tasks: list[Task], n_rows: int, n_threads: int, progress: bool | None) -> None:
    """Run the tasks on so many threads, with a bar."""
    with counting(n_rows, progress) as advance:
        if min(n_threads, len(tasks)) == 1:
            for task in tasks:
                advance(task())
            return
        with ThreadPoolExecutor(min(n_threads, len(tasks))) as pool:
            for done in pool.map(_run, tasks):
                advance(done)


def _run(task: Task) -> int:
    return task()
