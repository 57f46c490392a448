"""Matrices: travel times from one place to all stations, and between many places.

Names and points are translated once, then everything is a column: no Python object is made for
a cell. Every cell equals the arrival of `Planner.earliest_arrival`, the walk from door to door
included; a place and itself are 0 apart.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mobiplan import times
from mobiplan.errors import AmbiguousStation, InvalidQuery
from mobiplan.journeys.itinerary import Place
from mobiplan.planner.filling import (
    Asked,
    Ends,
    asked_of,
    destinations_of,
    fill,
    job_of,
    singly,
    tasks_of,
)
from mobiplan.planner.frames import is_frame, places_of_frame
from mobiplan.planner.places import PlaceLike
from mobiplan.timetable.arrays import Int32, Int64
from mobiplan.timetable.graph import NEVER
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.planner.planner import Planner
    from mobiplan.search.reach import Destinations

FEW = 8  # origins up to which a scan for each is faster than a pass with sets
NAT = np.iinfo(np.int64).min  # numpy's "not a time"


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
    asked = asked_of(planner, depart, within, days)
    every = every_station(planner.timetable)
    if planner.asks_singly:
        job = job_of(asked, ends_of(planner, [place]), every.ends)
        return every.table(asked, singly(job, np.arange(1))[0])
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
        many_places(planner, origins, "origins"),
        many_places(planner, destinations, "destinations"),
    )
    if executor is not None:
        from mobiplan.planner.spreading import Rows, filled_by

        rows = Rows(planner, start, end, depart, within, days, lanes)
        return _matrix(start, end, filled_by(executor, rows, progress))
    job = job_of(asked_of(planner, depart, within, days), start, end)
    seconds = np.empty((len(start.ids), len(end.ids)), dtype=np.int64)
    fill(tasks_of(job, seconds, lanes, n_threads), len(start.ids), n_threads, progress)
    return _matrix(start, end, seconds)


# ---------------------------------------------------------------------- what is asked


def many_places(planner: Planner, value: Any, argument: str) -> Ends:
    """Return a place, a list of places or (None) all stations; errors name the row."""
    if value is None:
        return every_station(planner.timetable).ends
    if is_frame(value):
        ids, found = places_of_frame(planner.places, value, argument)
        return ends_of(planner, found)._replace(ids=ids)
    if hasattr(value, "tolist"):  # an Index, a Series or an array of names
        value = value.tolist()
    if not isinstance(value, list):
        return ends_of(planner, [planner.places.resolve(value, argument)])
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
    return ends_of(planner, places)


def ends_of(planner: Planner, places: list[Place]) -> Ends:
    """Lay places out as columns, under the names by which they were asked for."""
    reached = [planner.places.reach(place) for place in places]
    return Ends(
        [place.label for place in places],
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


# ---------------------------------------------------------------------- tables


def _matrix(origins: Ends, destinations: Ends, seconds: Int64) -> pd.DataFrame:
    import pandas as pd

    n_rows, n_columns = seconds.shape
    (from_code, from_ids), (to_code, to_ids) = codes_of(origins.ids), codes_of(destinations.ids)
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


def codes_of(ids: list[Any]) -> tuple[NDArray[np.signedinteger[Any]], list[Any]]:
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


def every_station(timetable: Timetable) -> EveryStation:
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
            destinations_of(timetable, ends),
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
