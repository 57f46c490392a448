"""The published rules on changing trains: transfers.txt."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobiplan.gtfs.checks import Severity
from mobiplan.gtfs.columns import column, whole_numbers
from mobiplan.gtfs.places import Places
from mobiplan.gtfs.reading import RawFeed

_FILE = "transfers.txt"
_ENDS = ("from", "to")
#: The columns that say to what a rule applies.
REFERENCES = (
    *("from_stop", "to_stop", "from_station", "to_station"),
    *("from_route", "to_route", "from_trip", "to_trip"),
)
IN_SEAT, RE_BOARD = 4, 5


def read_transfers(
    feed: RawFeed,
    places: Places,
    route_ids: NDArray[np.object_],
    trip_ids: NDArray[np.object_],
    trip_row: NDArray[np.int32],
) -> pd.DataFrame:
    """Return the rules as in `Tables.transfers`, sorted; those that name nothing are counted.

    `trip_row` gives the row in the tables of each of `trip_ids`, -1 if it is left out.
    """
    table = feed.tables.get("transfers", pd.DataFrame(index=pd.RangeIndex(0)))
    n = len(table)
    checks = feed.checks
    found: dict[str, NDArray[np.int32]] = {}
    keep = np.ones(n, dtype=bool)
    for end in _ENDS:
        ids = column(table, f"{end}_stop_id")
        where = ids.rows_in(places.ids)
        station = np.where(where >= 0, places.station[where], -1)
        stop = np.where((where >= 0) & (station < 0), places.stop[where], -1)
        found[f"{end}_stop"], found[f"{end}_station"] = stop, station
        lost = keep & ~ids.blank() & (where < 0)
        checks.add(
            *(_FILE, f"transfer {end} a stop that does not exist", "error", int(lost.sum())),
            ids.texts[np.unique(ids.codes[lost])],
            action="left out: no such stop in stops.txt",
        )
        keep &= ~lost
        lost = keep & ~ids.blank() & (stop < 0) & (station < 0)
        checks.add(
            *(_FILE, f"transfer {end} a place without trains", "info", int(lost.sum())),
            ids.texts[np.unique(ids.codes[lost])],
            action="left out: an entrance, or a station without stops",
        )
        keep &= ~lost
        routes = column(table, f"{end}_route_id")
        found[f"{end}_route"] = routes.rows_in(route_ids)
        trips = column(table, f"{end}_trip_id")
        position = trips.rows_in(trip_ids)
        found[f"{end}_trip"] = np.where(position >= 0, trip_row[position], -1).astype(np.int32)
        for what, named, unknown in (
            ("route", routes, found[f"{end}_route"] < 0),
            ("trip", trips, position < 0),
            ("trip left out", trips, found[f"{end}_trip"] < 0),
        ):
            lost = keep & ~named.blank() & unknown
            severity: Severity = "info" if what == "trip left out" else "error"
            checks.add(
                *(_FILE, f"transfer {end} a {what} not in the tables", severity, int(lost.sum())),
                named.texts[np.unique(named.codes[lost])],
                action="left out: what it names does not run",
            )
            keep &= ~lost
    kind, bad = whole_numbers(column(table, "transfer_type"), 0, 0, 5)
    checks.add(
        *(_FILE, "unknown transfer_type", "warning", int((bad & keep).sum())),
        column(table, "transfer_type").values()[bad & keep],
        action="left out: what it asks for is not known",
    )
    keep &= ~bad
    minimum, bad = whole_numbers(column(table, "min_transfer_time"), -1)
    checks.add(
        *(_FILE, "malformed min_transfer_time", "warning", int((bad & keep).sum())),
        column(table, "min_transfer_time").values()[bad & keep],
        action="taken as not given",
    )
    at_nowhere = np.zeros(n, dtype=bool)
    for end in _ENDS:
        at_nowhere |= (found[f"{end}_stop"] < 0) & (found[f"{end}_station"] < 0)
    lost = keep & at_nowhere & (kind < IN_SEAT)
    checks.add(
        *(_FILE, "transfer without stops", "warning", int(lost.sum())),
        [f"line {row + 2}" for row in np.flatnonzero(lost)[:4]],
        action="left out: types 0 to 3 must name both stops",
    )
    keep &= ~lost
    in_seat = (kind == IN_SEAT) | (kind == RE_BOARD)
    lost = keep & in_seat & ((found["from_trip"] < 0) | (found["to_trip"] < 0))
    checks.add(
        *(_FILE, "in-seat transfer without trips", "warning", int(lost.sum())),
        [f"line {row + 2}" for row in np.flatnonzero(lost)[:4]],
        action="left out: types 4 and 5 must name both trips",
    )
    keep &= ~lost
    rules = pd.DataFrame({name: found[name].astype(np.int32) for name in REFERENCES})
    rules["type"] = kind.astype(np.int8)
    rules["minimum_s"] = minimum.astype(np.int32)
    return tidy_rules(rules[keep], feed)


def tidy_rules(rules: pd.DataFrame, feed: RawFeed | None = None) -> pd.DataFrame:
    """Return rules in an order that content decides, each once."""
    rules = rules.sort_values(list(rules.columns), kind="stable")
    twice = rules.duplicated()
    if feed is not None:
        feed.checks.add(
            *(_FILE, "transfer given twice", "info", int(twice.sum()), "identical rows"),
            action="left out: identical to another row",
        )
    return rules[~twice].reset_index(drop=True)
