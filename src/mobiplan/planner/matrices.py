"""Matrices: travel times from one place to all stations, and between many places.

Names and points are translated once, then everything is a column: no Python object is made for
a cell. Every cell equals the arrival of `Planner.earliest_arrival`, the walk from door to door
included; a place and itself are 0 apart.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mobiplan import times
from mobiplan.errors import AmbiguousStation, InvalidQuery
from mobiplan.journeys.itinerary import Place, Question
from mobiplan.planner.frames import is_frame, places_of_frame
from mobiplan.planner.places import PlaceLike
from mobiplan.timetable.arrays import Bool, Float64, Int32, Int64
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.planner.planner import Planner
    from mobiplan.search.reach import Destinations, Origins, Timeline

FEW = 8  # origins up to which a scan for each is faster than a pass with sets
NAT = np.iinfo(np.int64).min  # numpy's "not a time"


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


def one_to_all(
    planner: Planner,
    origin: PlaceLike,
    *,
    depart: times.TimeLike,
    within: times.DurationLike | None = None,
    days: int = 3,
) -> pd.DataFrame:
    """Return the earliest arrival at every station; see `Planner.one_to_all`."""
    from mobiplan.search.reach import scan_to_all

    place = planner.places.resolve(origin, "origin")
    asked = _asked(planner, depart, within, days)
    every = _every_station(planner.timetable)
    if planner.asks_singly:
        job = _job(asked, _ends_of(planner, [place]), every.ends)
        return every.table(asked, _singly(job, np.arange(1))[0])
    best = np.full(len(every.ends.ids), NEVER, dtype=np.int32)
    for station, walk in planner.places.reach(place).items():
        if asked.depart + walk <= asked.on_foot:
            best[every.number[station]] = asked.depart + walk
    group, access, _ = planner.places.boarding_at(place)
    labels = planner._labels(asked.graph)
    scan_to_all(asked.graph, labels, group, access, every.goals, asked.depart, asked.arrive, best)
    return every.table(asked, best)


def travel_times(
    planner: Planner,
    origins: PlaceLike | None = None,
    destinations: PlaceLike | None = None,
    *,
    depart: times.TimeLike,
    within: times.DurationLike | None = None,
    days: int = 3,
    threads: int | None = None,
    lanes: int | None = None,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Return the travel times between many places; see `Planner.travel_times`.

    `lanes` is how many origins share a pass: 1 is a scan for each, the same answer more slowly.
    """
    from mobiplan.search.reach import LANES

    n_threads = (os.cpu_count() or 1) if threads is None else threads
    if not isinstance(n_threads, int) or n_threads < 1:
        raise InvalidQuery(f"threads={threads!r}: a whole number, at least 1")
    if lanes is not None and (not isinstance(lanes, int) or not 1 <= lanes <= LANES):
        raise InvalidQuery(f"lanes={lanes!r}: 1 (a scan for each origin) to {LANES}, or None")
    start, end = (
        _places(planner, origins, "origins"),
        _places(planner, destinations, "destinations"),
    )
    if executor is not None:
        from mobiplan.planner.spreading import Rows, filled_by

        rows = Rows(planner, start, end, depart, within, days, lanes)
        return _matrix(start, end, filled_by(executor, rows, progress))
    job = _job(_asked(planner, depart, within, days), start, end)
    seconds = np.empty((len(start.ids), len(end.ids)), dtype=np.int64)
    _fill(_tasks(job, seconds, lanes, n_threads), len(start.ids), n_threads, progress)
    return _matrix(start, end, seconds)


# ---------------------------------------------------------------------- what is asked


def _asked(
    planner: Planner, depart: times.TimeLike, within: times.DurationLike | None, days: int
) -> Asked:
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    longest = None if within is None else times.parse_duration(within, "within")
    instant = times.parse_time(depart, times.zone(planner.timetable.timezones[0]), "depart")
    graph, _ = planner.windows.around(instant, days, backward=False)
    begin = max(instant - graph.epoch, 0)
    on_foot = NEVER - 1 if longest is None else begin + longest
    return Asked(planner, graph, begin, min(on_foot, graph.complete_until), on_foot, days)


def _places(planner: Planner, value: Any, argument: str) -> Ends:
    """Return a place, a list of places or (None) all stations; errors name the row."""
    if value is None:
        return _every_station(planner.timetable).ends
    if is_frame(value):
        ids, found = places_of_frame(planner.places, value, argument)
        return _ends_of(planner, found)._replace(ids=ids)
    if hasattr(value, "tolist"):  # an Index, a Series or an array of names
        value = value.tolist()
    if not isinstance(value, list):
        return _ends_of(planner, [planner.places.resolve(value, argument)])
    if not value:
        raise InvalidQuery(
            f"{argument}=[] names no place: give places, or leave {argument} out for all stations"
        )
    places = []
    for row, part in enumerate(value):
        try:
            places.append(planner.places.resolve(part, f"{argument}[{row}]"))
        except AmbiguousStation as error:
            raise AmbiguousStation(f"{argument}[{row}]: {error}") from None
    return _ends_of(planner, places)


def _ends_of(planner: Planner, places: list[Place]) -> Ends:
    """Lay places out as columns. The id of a place is its station's, else what was said."""
    names = planner.timetable.stations.id
    ids = [
        names[place.stations[0]]
        if len(place.stations) == 1 and place.lat is None and place.walks[0] == 0
        else place.label
        for place in places
    ]
    reached = [planner.places.reach(place) for place in places]
    return Ends(
        ids,
        np.repeat(np.arange(len(places), dtype=np.int32), [len(stations) for stations in reached]),
        np.array([row for stations in reached for row in stations], dtype=np.int32),
        np.array([walk for stations in reached for walk in stations.values()], dtype=np.int32),
        np.array(
            [
                row in place.stations
                for place, stations in zip(places, reached, strict=True)
                for row in stations
            ]
        ),
        np.array([np.nan if place.lat is None else place.lat for place in places]),
        np.array([np.nan if place.lon is None else place.lon for place in places]),
    )


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


def _origins(timetable: Timetable, ends: Ends) -> Origins:
    from mobiplan.search.reach import Origins

    row, group = _pairs(ends.station, timetable.groups.boarding_station)
    access = ends.walk[row] + timetable.groups.closing[group]
    return Origins(ends.place[row], group.astype(np.int32), access)


def _destinations(timetable: Timetable, ends: Ends) -> Destinations:
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


def _job(asked: Asked, origins: Ends, destinations: Ends) -> Job:
    timetable = asked.planner.timetable
    starts, goals = _origins(timetable, origins), _destinations(timetable, destinations)
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


def _singly(job: Job, rows: Int64) -> Int32:
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


def _tasks(job: Job, seconds: Int64, lanes: int | None, n_threads: int) -> list[Task]:
    """Divide the rows of `seconds` (origins, destinations): threads, or others, run the tasks."""
    from mobiplan.search.reach import LANES, make_timeline, write_block, write_row

    asked, n = job.asked, len(seconds)
    single = partial(_scan, narrow=lanes is None)
    if asked.planner.asks_singly:
        lanes, single = 1, partial(_singly)
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
    blocks = np.array_split(_by_neighbourhood(job), n_blocks)
    shape = (len(job.destinations.ids), LANES)
    spare = [np.empty(shape, dtype=np.int32) for _ in range(min(n_threads, n_blocks))]

    def fill_block(rows: Int64) -> int:
        best = spare.pop()  # there is one for each thread
        _sweep(job, rows, timeline, best)
        write_block(best, asked.depart, rows, seconds)
        spare.append(best)
        return len(rows)

    return [partial(fill_block, rows) for rows in blocks]


def _by_neighbourhood(job: Job) -> Int64:
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


def _fill(tasks: list[Task], n_rows: int, n_threads: int, progress: bool | None) -> None:
    with _counting(n_rows, progress) as advance:
        if min(n_threads, len(tasks)) == 1:
            for task in tasks:
                advance(task())
            return
        with ThreadPoolExecutor(min(n_threads, len(tasks))) as pool:
            for done in pool.map(_run, tasks):
                advance(done)


def _run(task: Task) -> int:
    return task()


@contextmanager
def _counting(
    total: int, progress: bool | None, unit: str = "origins"
) -> Iterator[Callable[[int], object]]:
    """Show a bar (tqdm) on whatever takes more than a second."""
    if progress is None:
        progress = sys.stderr.isatty() and find_spec("tqdm") is not None
    if not progress:
        yield lambda done: None
        return
    if find_spec("tqdm") is None:
        raise InvalidQuery(
            "progress=True shows a bar by tqdm, which is not installed: pip install tqdm"
        )
    with import_module("tqdm").tqdm(total=total, unit=f" {unit}", delay=1.0) as bar:
        yield bar.update


# ---------------------------------------------------------------------- tables


def _matrix(origins: Ends, destinations: Ends, seconds: Int64) -> pd.DataFrame:
    import pandas as pd

    n_rows, n_columns = seconds.shape
    (from_code, from_ids), (to_code, to_ids) = _codes(origins.ids), _codes(destinations.ids)
    columns = {
        "from_id": pd.Categorical.from_codes(
            np.repeat(from_code, n_columns), pd.Index(from_ids), validate=False
        ),
        "to_id": pd.Categorical.from_codes(
            np.tile(to_code, n_rows), pd.Index(to_ids), validate=False
        ),
        "travel_time": seconds.reshape(-1).view("timedelta64[s]"),
    }
    return pd.DataFrame(columns, copy=False)


def _codes(ids: list[Any]) -> tuple[NDArray[np.signedinteger[Any]], list[Any]]:
    """Return the code of each place and the ids there are, in the order given."""
    number = {name: code for code, name in enumerate(dict.fromkeys(ids))}
    smallest = next(t for t in (np.int8, np.int16, np.int32) if len(number) <= np.iinfo(t).max)
    return np.array([number[name] for name in ids], dtype=smallest), list(number)


class EveryStation(NamedTuple):
    """All stations as ends, by id, and the columns of a table of them."""

    ends: Ends
    goals: Destinations
    number: Int32  # (n_stations,) row in Timetable.stations -> place here
    id: pd.CategoricalDtype  # the code of a place is its number
    name: pd.CategoricalDtype
    name_code: Int32  # (n_stations,) of each place
    arrival: Any  # (n_stations,) pandas' array of instants, to be copied and filled [s]
    travel_time: Any  # (n_stations,) and of durations
    columns: pd.Index[str]
    places: list[Int64]  # of each column among them
    rows: pd.RangeIndex

    def table(self, asked: Asked, arrival: Int32) -> pd.DataFrame:
        """Return the stations by travel time, then id; those never reached last."""
        import pandas as pd
        from pandas.api.internals import (  # type: ignore[import-not-found]  # not in the stubs
            create_dataframe_from_blocks,
        )

        from mobiplan.search.reach import by_time

        order = np.empty(len(arrival), dtype=np.int64)
        instant, duration = self.arrival.copy(), self.travel_time.copy()
        by_time(
            arrival,
            asked.depart,
            asked.graph.epoch,
            order,
            instant.view("i8"),
            duration.view("i8"),
        )
        columns = [
            pd.Categorical.from_codes(order, dtype=self.id, validate=False),
            pd.Categorical.from_codes(self.name_code[order], dtype=self.name, validate=False),
            instant,
            duration,
        ]
        # Whole columns put together: DataFrame would look at each for as long as the search takes.
        blocks = list(zip(columns, self.places, strict=True))
        table: pd.DataFrame = create_dataframe_from_blocks(blocks, self.rows, self.columns)
        return table


_known: WeakKeyDictionary[Timetable, EveryStation] = WeakKeyDictionary()


def _every_station(timetable: Timetable) -> EveryStation:
    """Return all stations of a timetable by id; made once for each."""
    import pandas as pd

    known: EveryStation | None = _known.get(timetable)
    if known is None:
        ids, names = list(timetable.stations.id), list(timetable.stations.name)
        n = len(ids)
        rows = np.array(sorted(range(n), key=ids.__getitem__), dtype=np.int32)
        number = np.empty(n, dtype=np.int32)
        number[rows] = np.arange(n, dtype=np.int32)
        # What `Places.reach` says of each: itself, and what is a footpath away.
        paths = timetable.footpaths
        place = np.concatenate([number[rows], number[paths.from_station]])
        order = np.argsort(place, kind="stable")
        ends = Ends(
            [ids[row] for row in rows.tolist()],
            place[order],
            np.concatenate([rows, paths.to_station])[order],
            np.concatenate([np.zeros(n, dtype=np.int32), paths.duration])[order],
            order < n,
            np.full(n, np.nan),
            np.full(n, np.nan),
        )
        nothing = np.zeros(n, dtype=np.int64)
        name_code, of_name = pd.factorize(np.array([names[row] for row in rows.tolist()]))
        known = EveryStation(
            ends,
            _destinations(timetable, ends),
            number,
            pd.CategoricalDtype(pd.Index(ends.ids, dtype="str")),
            pd.CategoricalDtype(pd.Index(of_name, dtype="str")),
            name_code.astype(np.int32),
            pd.array(nothing, dtype=pd.DatetimeTZDtype("s", timetable.timezones[0])),
            pd.array(nothing.view("timedelta64[s]")),
            pd.Index(["id", "name", "arrival", "travel_time"]),
            [np.array([column]) for column in range(4)],
            pd.RangeIndex(n),
        )
        _known[timetable] = known
    return known
