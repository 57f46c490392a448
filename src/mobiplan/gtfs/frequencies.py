"""Trips that run every so often: frequencies.txt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.calls import Calls
from mobiplan.gtfs.clock import format_time, parse_times
from mobiplan.gtfs.columns import column, whole_numbers
from mobiplan.gtfs.reading import RawFeed

_FILE = "frequencies.txt"
_MOST_TRIPS = 10_000_000  # more is a slip in headway_secs, and memory


@dataclass(frozen=True)
class Frequencies:
    """Which trips are only patterns, and the departures of those that keep to the minute."""

    patterns: NDArray[np.bool_]  # (n_trips,) not trips by themselves
    inexact: NDArray[np.bool_]  # (n_trips,) exact_times = 0: departures are not published
    trip: NDArray[np.int32]  # (n_departures,) row of the trips
    departure_s: NDArray[np.int32]  # (n_departures,) of the first call


def read_frequencies(feed: RawFeed, trip_ids: NDArray[np.object_]) -> Frequencies:
    """Return the trips that `frequencies.txt` repeats.

    exact_times = 1 gives a trip every headway from start to end, the end excluded; exact_times
    = 0 publishes no departures, so such trips are not routed but counted (G-38).

    Raises
    ------
    InvalidFeed
        If a time or a headway is malformed.
    """
    patterns, inexact = np.zeros(len(trip_ids), dtype=bool), np.zeros(len(trip_ids), dtype=bool)
    nothing = np.zeros(0, dtype=np.int32)
    if "frequencies" not in feed.tables:
        return Frequencies(patterns, inexact, nothing, nothing)
    table = feed.tables["frequencies"]
    trip = column(table, "trip_id").rows_in(trip_ids)
    lost = column(table, "trip_id").values()[trip < 0]
    feed.checks.add(
        *(_FILE, "frequency of no trip", "error", len(lost), lost),
        action="left out: trips.txt has no such trip",
    )
    bounds = []
    for name in ("start_time", "end_time"):
        texts = column(table, name)
        seconds = parse_times(texts.texts)[texts.codes]
        if (seconds < 0).any():
            row = int(np.flatnonzero(seconds < 0)[0])
            raise InvalidFeed(
                f"{feed.name}: {_FILE}, line {row + 2}: {texts.values()[row]!r} is not a "
                f"{name}: write HH:MM:SS, such as 08:05:00"
            )
        bounds.append(seconds.astype(np.int64))
    start, end = bounds
    headway, bad = whole_numbers(column(table, "headway_secs"), 0, 1)
    if (headway == 0).any():
        row = int(np.flatnonzero(headway == 0)[0])
        raise InvalidFeed(
            f"{feed.name}: {_FILE}, line {row + 2}: headway_secs must be a whole number of "
            "seconds above 0"
        )
    exact, bad = whole_numbers(column(table, "exact_times"), 0, 0, 1)
    feed.checks.add(
        *(_FILE, "unknown exact_times", "warning", int(bad.sum())),
        [f"line {row + 2}" for row in np.flatnonzero(bad)[:4]],
        action="taken as 0, not exact",
    )
    known = trip >= 0
    patterns[trip[known]] = True
    inexact[trip[known & (exact == 0)]] = True
    used = known & (exact == 1) & ~inexact[trip]
    n = np.where(used, np.maximum(-(-(end - start) // headway), 0), 0)
    if n.sum() > _MOST_TRIPS:
        row = int(np.argmax(n))
        raise InvalidFeed(
            f"{feed.name}: {_FILE}, line {row + 2}: headway_secs gives {n[row]} trips: correct it"
        )
    of = np.repeat(np.arange(len(table)), n)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n)
    departures = np.stack([trip[of], start[of] + nth * headway[of]], axis=1)
    departures = np.unique(departures, axis=0).astype(np.int32).reshape(-1, 2)
    return Frequencies(patterns, inexact, departures[:, 0].copy(), departures[:, 1].copy())


def expand(
    calls: Calls, frequencies: Frequencies, trip_ids: NDArray[np.object_]
) -> tuple[Calls, NDArray[np.object_], NDArray[np.int32]]:
    """Return calls, ids and patterns (trip rows) of the trips that `frequencies` makes.

    The calls' `trip` counts the new trips; an id is ``<pattern>@HH:MM:SS``.
    """
    begin = np.searchsorted(calls.trip, frequencies.trip, side="left")
    n = np.searchsorted(calls.trip, frequencies.trip, side="right") - begin
    has_calls = n > 0
    begin, n = begin[has_calls], n[has_calls]
    pattern, departure = frequencies.trip[has_calls], frequencies.departure_s[has_calls]
    new = np.repeat(np.arange(len(n), dtype=np.int32), n)
    rows = np.repeat(begin - (np.cumsum(n) - n), n) + np.arange(len(new))
    shift = np.repeat(departure - calls.departure_s[begin], n).astype(np.int32)
    made = calls.take(rows)
    made = replace(
        made, trip=new, arrival_s=made.arrival_s + shift, departure_s=made.departure_s + shift
    )
    ids = np.array(
        [
            f"{trip_ids[trip]}@{format_time(int(time))}"
            for trip, time in zip(pattern, departure, strict=True)
        ],
        dtype=object,
    )
    return made, ids, pattern
