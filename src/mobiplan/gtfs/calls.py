"""The calls of trains: stop_times.txt to clean, ordered arrays in seconds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.clock import BLANK, MALFORMED, parse_times
from mobiplan.gtfs.columns import Column, column, numbers, run_column, whole_numbers
from mobiplan.gtfs.places import Places
from mobiplan.gtfs.reading import RawFeed
from mobiplan.times import DAY_S

_FILE = "stop_times.txt"
_FLEX = ("start_pickup_drop_off_window", "end_pickup_drop_off_window", "location_group_id")
_MIDNIGHT_S = 12 * 3600  # a fall by more than this is midnight passed, not a slip


@dataclass(frozen=True)
class Calls:
    """The calls of one feed's trips, ordered by trip, then stop_sequence; one row each."""

    trip: NDArray[np.int32]  # row of the trips
    stop: NDArray[np.int32]  # row of the stops
    arrival_s: NDArray[np.int32]  # since noon minus 12 h of the service day
    departure_s: NDArray[np.int32]
    pickup: NDArray[np.int8]
    drop_off: NDArray[np.int8]
    approximate: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.trip)

    def followed_by(self, other: Calls) -> Calls:
        """Return these rows and those of `other`."""
        return Calls(
            *(
                np.concatenate([getattr(self, field.name), getattr(other, field.name)])
                for field in fields(self)
            )
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Calls:
        """Return these rows only."""
        return Calls(*(getattr(self, field.name)[rows] for field in fields(self)))


def read_calls(
    feed: RawFeed,
    places: Places,
    stop_ids: Column,
    trip_ids: NDArray[np.object_],
    wanted: NDArray[np.bool_],
) -> tuple[Calls, NDArray[np.bool_]]:
    """Return the calls of the `wanted` trips, and which trips run backwards in time.

    Parameters
    ----------
    feed, places
        The feed and its places.
    stop_ids
        The column stop_id of stop_times.txt.
    trip_ids
        (n_trips,) str, sorted: the rows that `Calls.trip` refers to.
    wanted
        (n_trips,) bool: the trips that are known to be usable so far.

    Raises
    ------
    InvalidFeed
        If a time or a stop_sequence is malformed, or a trip's first or last time is blank.
    """
    table = feed.tables["stop_times"]
    trip = run_column(table, "trip_id").rows_in(trip_ids)
    sequence, bad = whole_numbers(column(table, "stop_sequence"), -1)
    _refuse(
        feed, bad | (sequence < 0), column(table, "stop_sequence"), "a stop_sequence", "0, 1, 2"
    )
    where = stop_ids.rows_in(places.ids)
    stop = np.where(where >= 0, places.stop[where], -1).astype(np.int32)
    keep = _routable(feed, table, trip, stop, stop_ids, wanted, trip_ids)

    # One number that sorts by trip and sequence; most feeds are nearly in that order.
    key = np.asarray(trip.astype(np.int64) << 32 | sequence)
    rows = np.flatnonzero(keep)
    rows = rows[np.argsort(key[rows], kind="stable")]
    arrival, departure, approximate = _times(feed, table)
    pickup = _boarding(feed, table, "pickup_type")
    drop_off = _boarding(feed, table, "drop_off_type")
    said = (arrival, departure, stop, pickup, drop_off, approximate)
    rows = _settle_repeats(feed, key, rows, said, trip_ids)
    trip, stop = trip[rows], stop[rows]
    arrival, departure = arrival[rows], departure[rows]
    blank = arrival == BLANK
    _mend_midnight(feed, np.flatnonzero(~blank), trip, arrival, departure, trip_ids)
    if blank.any():
        _fill_blanks(feed, table, rows, trip, arrival, departure, trip_ids)
    backwards = np.zeros(len(trip_ids), dtype=bool)
    hop, dwell = _hops(trip, arrival, departure)
    backwards[trip[(hop < 0) | (dwell < 0)]] = True
    calls = Calls(
        trip,
        stop,
        arrival,
        departure,
        pickup[rows],
        drop_off[rows],
        approximate[rows] | blank,
    )
    return calls, backwards


def _refuse(feed: RawFeed, bad: NDArray[np.bool_], texts: Column, what: str, example: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidFeed(
            f"{feed.name}: {_FILE}, line {row + 2}: {texts.texts[texts.codes[row]]!r} is not "
            f"{what}: write {example}"
        )


def _routable(
    feed: RawFeed,
    table: pd.DataFrame,
    trip: NDArray[np.int32],
    stop: NDArray[np.int32],
    stop_ids: Column,
    wanted: NDArray[np.bool_],
    trip_ids: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Return which rows can be used; the others are counted, each under one reason."""
    checks = feed.checks
    keep = trip >= 0
    orphans = table["trip_id"].to_numpy(dtype=object)[~keep]
    checks.add(
        *(_FILE, "stop time without trip", "error", len(orphans)),
        ["(blank)" if pd.isna(name) else name for name in orphans],
        action="left out: trips.txt has no such trip",
    )
    unwanted = keep & ~wanted[trip]
    checks.add(
        *(_FILE, "stop time of a trip left out", "info", int(unwanted.sum())),
        trip_ids[np.unique(trip[unwanted])],
        action="left out with its trip (see trips.txt)",
    )
    keep &= ~unwanted
    flexible = np.zeros(len(table), dtype=bool)
    for name in _FLEX:
        if name in table.columns:
            flexible |= ~column(table, name).blank()
    flexible &= keep
    checks.add(
        *(_FILE, "flexible service", "warning", int(flexible.sum())),
        trip_ids[np.unique(trip[flexible])],
        action="left out, not routed: only fixed schedules are",
    )
    keep &= ~flexible
    stopless = keep & (stop < 0)
    checks.add(
        *(_FILE, "stop time without stop", "error", int(stopless.sum())),
        [stop_ids.texts[code] or "(blank)" for code in np.unique(stop_ids.codes[stopless])],
        action="left out: no such stop in stops.txt, the train passes through",
    )
    return keep & ~stopless


def _times(
    feed: RawFeed, table: pd.DataFrame
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    found = []
    for name in ("arrival_time", "departure_time"):
        texts = column(table, name)
        seconds = parse_times(texts.texts)[texts.codes]
        _refuse(feed, seconds == MALFORMED, texts, f"an {name}", "HH:MM:SS, such as 08:05:00")
        found.append(seconds)
    arrival, departure = found
    half = (arrival == BLANK) != (departure == BLANK)
    feed.checks.add(
        *(_FILE, "arrival or departure blank", "info", int(half.sum())),
        [f"line {row + 2}" for row in np.flatnonzero(half)[:4]],
        action="the other of the two is used for both",
    )
    departure = np.where(departure == BLANK, arrival, departure)
    arrival = np.where(arrival == BLANK, departure, arrival)
    timepoint = column(table, "timepoint")
    approximate = np.asarray(timepoint.texts == "0", dtype=bool)[timepoint.codes]
    feed.checks.add(
        *(_FILE, "time published as approximate", "info", int(approximate.sum())),
        "timepoint 0",
        action="marked approximate",
    )
    return arrival, departure, approximate


def _settle_repeats(
    feed: RawFeed,
    key: NDArray[np.int64],
    rows: NDArray[np.intp],
    said: tuple[NDArray[Any], ...],
    trip_ids: NDArray[np.object_],
) -> NDArray[np.intp]:
    """Order rows of one trip and stop_sequence by their times; leave identical ones out."""
    ordered = key[rows]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    if not len(again):
        return rows
    rows = rows[np.lexsort((*(values[rows] for values in reversed(said)), ordered))]
    alike = np.ones(len(rows) - 1, dtype=bool)
    for values in (key, *said):
        alike &= values[rows[1:]] == values[rows[:-1]]
    names = trip_ids[np.unique(key[rows[1:]][key[rows[1:]] == key[rows[:-1]]] >> 32)]
    feed.checks.add(
        *(_FILE, "stop time given twice", "warning", int(alike.sum()), names),
        action="left out: identical to another row",
    )
    feed.checks.add(
        *(_FILE, "stop_sequence used twice", "warning", len(again) - int(alike.sum()), names),
        action="ordered by time",
    )
    kept: NDArray[np.intp] = rows[np.append(True, ~alike)]
    return kept


def _fill_blanks(
    feed: RawFeed,
    table: pd.DataFrame,
    rows: NDArray[np.intp],
    trip: NDArray[np.int32],
    arrival: NDArray[np.int32],
    departure: NDArray[np.int32],
    trip_ids: NDArray[np.object_],
) -> None:
    """Interpolate blank times in place between the timed calls of a trip (G-14).

    By shape_dist_traveled where the trip gives it and it grows, else evenly by call.
    """
    blank = arrival == BLANK
    timed = np.flatnonzero(~blank)
    empty = np.flatnonzero(blank)
    at = np.searchsorted(timed, empty)
    before = timed[np.maximum(at - 1, 0)] if len(timed) else empty
    after = timed[np.minimum(at, len(timed) - 1)] if len(timed) else empty
    open_end = (trip[before] != trip[empty]) | (trip[after] != trip[empty])
    open_end |= (before > empty) | (after < empty) | (len(timed) == 0)
    if open_end.any():
        row = empty[np.flatnonzero(open_end)[0]]
        raise InvalidFeed(
            f"{feed.name}: {_FILE}, line {rows[row] + 2}: trip {trip_ids[trip[row]]!r} has no "
            "time at its first or last stop: both are required (between them, blank times are "
            "interpolated)"
        )
    share = (empty - before) / (after - before)
    distance, _ = numbers(column(table, "shape_dist_traveled"), np.nan)
    distance = distance[rows]
    with np.errstate(invalid="ignore", divide="ignore"):
        way = (distance[empty] - distance[before]) / (distance[after] - distance[before])
    # Either a whole gap goes by distance or none of it.
    usable = (way >= 0) & (way <= 1)
    usable[1:] &= (before[1:] != before[:-1]) | (way[1:] >= way[:-1])
    whole = np.ones(len(arrival), dtype=bool)
    whole[before[~usable]] = False
    share = np.where(whole[before], way, share)
    start, end = departure[before], arrival[after]
    filled = np.floor(start + share * (end - start) + 0.5).astype(np.int32)
    arrival[empty] = filled
    departure[empty] = filled
    feed.checks.add(
        *(_FILE, "blank time", "warning", len(empty), trip_ids[np.unique(trip[empty])]),
        action="interpolated between the timed calls, marked approximate",
    )


def _hops(
    trip: NDArray[np.int32], arrival: NDArray[np.int32], departure: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the seconds from the previous call to each (0 at a trip's first) and at each."""
    hop = np.zeros_like(arrival)
    hop[1:] = np.where(trip[1:] == trip[:-1], arrival[1:] - departure[:-1], 0)
    return hop, departure - arrival


def _mend_midnight(
    feed: RawFeed,
    timed: NDArray[np.intp],
    all_trips: NDArray[np.int32],
    all_arrivals: NDArray[np.int32],
    all_departures: NDArray[np.int32],
    trip_ids: NDArray[np.object_],
) -> None:
    """Add in place the day that is missing where a trip passes midnight and starts again at 0."""
    trip, arrival, departure = all_trips[timed], all_arrivals[timed], all_departures[timed]
    hop, dwell = _hops(trip, arrival, departure)
    at_arrival, at_departure = hop < -_MIDNIGHT_S, dwell < -_MIDNIGHT_S
    passed = at_arrival | at_departure
    if not passed.any():
        return
    days = np.cumsum(at_arrival.astype(np.int32) + at_departure)
    steps = at_arrival.astype(np.int32) + at_departure
    first = np.append(True, trip[1:] != trip[:-1])
    days -= np.maximum.accumulate(np.where(first, days - steps, 0))
    all_arrivals[timed] += ((days - at_departure) * DAY_S).astype(np.int32)
    all_departures[timed] += (days * DAY_S).astype(np.int32)
    feed.checks.add(
        *(_FILE, "midnight without 24:00", "warning", int(passed.sum())),
        trip_ids[np.unique(trip[passed])],
        action="24 h are added from there on",
    )


def _boarding(feed: RawFeed, table: pd.DataFrame, name: str) -> NDArray[np.int8]:
    codes = column(table, name)
    found, bad = whole_numbers(codes, 0, 0, 3)
    feed.checks.add(
        *(_FILE, f"unknown {name}", "warning", int(bad.sum())),
        codes.values()[bad],
        action="taken as 0, regularly scheduled",
    )
    return found.astype(np.int8)
