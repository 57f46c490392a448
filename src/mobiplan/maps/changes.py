"""How long changes of trains take at a station, and who says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.tables import durations
from mobiplan.timetable.footpaths import BY_TABLE, city_changes

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.timetable.arrays import Int16, Int32
    from mobiplan.timetable.timetable import Timetable

TRANSFER_COLUMNS = (
    "to_id",
    "to_name",
    "from_brand",
    "to_brand",
    "shortest",
    "longest",
    "doors_close",
    "way",
    "guaranteed",
    "label",
    "source",
)


def transfers(timetable: Timetable, stations: Sequence[int]) -> pd.DataFrame:
    """Return the changes that can be made from trains that arrive at stations.

    A row for each station where one may board, brand left and brand boarded.
    """
    import pandas as pd

    groups, names = timetable.groups, timetable.stations
    arriving = np.flatnonzero(np.isin(groups.arrival_station, list(stations)))
    left_by, boarded_by = _brands_of_groups(timetable)
    rows = []
    for group in arriving.tolist():
        pairs = slice(int(groups.pair_ptr[group]), int(groups.pair_ptr[group + 1]))
        for pair, to in enumerate(groups.pair_to[pairs].tolist(), pairs.start):
            station = int(groups.boarding_station[to])
            label, source = _source(timetable, group, to)
            for one in left_by.get(group, ()):
                for other in boarded_by.get(to, ()):
                    rows.append(
                        (
                            int(groups.arrival_station[group]) != station,
                            names.id[station],
                            names.name[station],
                            timetable.brands[one],
                            timetable.brands[other],
                            int(groups.pair_minimum[pair]),
                            int(groups.closing[to]),
                            int(groups.pair_walk[pair]),
                            bool(groups.pair_guaranteed[pair]),
                            label,
                            source,
                        )
                    )
    columns = "elsewhere to_id to_name from_brand to_brand minimum closing walk guaranteed".split()
    frame = pd.DataFrame(rows, columns=[*columns, "label", "source"])
    keys = ["elsewhere", "to_name", "to_id", "from_brand", "to_brand"]
    table = (
        frame.groupby([*keys, "label", "source"], sort=True)
        .agg(
            shortest=("minimum", "min"),
            longest=("minimum", "max"),
            closing=("closing", "max"),
            walk=("walk", "min"),
            guaranteed=("guaranteed", "all"),
        )
        .reset_index()
    )
    for column, name in (
        ("shortest", "shortest"),
        ("longest", "longest"),
        ("closing", "doors_close"),
        ("walk", "way"),
    ):
        table[name] = durations(table[column].astype("int64").tolist())
    return table[list(TRANSFER_COLUMNS)]


def _brands_of_groups(timetable: Timetable) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the brands that arrive in each arrival group and leave from each boarding group."""
    trips, groups = timetable.trips, timetable.groups
    brand = np.repeat(trips.brand, np.diff(trips.call_ptr))
    arrives, leaves = np.ones(len(brand), dtype=bool), np.ones(len(brand), dtype=bool)
    arrives[trips.call_ptr[:-1]] = False  # nobody alights where a trip begins
    leaves[trips.call_ptr[1:] - 1] = False  # nor boards where it ends
    return (
        _sets(groups.arrival[arrives], brand[arrives]),
        _sets(groups.boarding[leaves], brand[leaves]),
    )


def _sets(group: Int32, brand: Int16) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in np.unique(np.stack([group, brand], axis=1), axis=0).tolist():
        found.setdefault(one, []).append(other)
    return found


def _source(timetable: Timetable, arrival: int, boarding: int) -> tuple[str, str]:
    """Return how sure the minimum of a pair of groups is, and where it comes from."""
    groups, rules = timetable.groups, timetable.rules
    start, end = int(groups.arrival_station[arrival]), int(groups.boarding_station[boarding])
    stops = int(groups.arrival_stop[arrival]), int(groups.boarding_stop[boarding])
    if rules.published and _is_published(timetable, *stops):
        return "published", "transfers.txt"
    if start == end:
        return "assumed", "mobiplan.TransferRules, by size of station and vehicle"
    paths = timetable.footpaths
    path = np.flatnonzero((paths.from_station == start) & (paths.to_station == end))
    if len(path) and paths.origin[path[0]] == BY_TABLE:
        ends = {timetable.stations.code[start], timetable.stations.code[end]}
        for change in city_changes():
            if {change.from_code, change.to_code} == ends:
                return change.kind, f"{change.how}: {change.source}"
    speed = f"{rules.walking_speed_m_s * 3.6:.1f} km/h"
    return "modelled", f"straight line × {rules.detour:g} at {speed} (mobiplan.TransferRules)"


def _is_published(timetable: Timetable, from_stop: int, to_stop: int) -> bool:
    """Whether transfers.txt states a minimum between two stops, for some of their trains at least.

    Types 0 and 1 state no time of their own, types 4 and 5 are about one vehicle.
    """
    rules, station = timetable.published, timetable.stops.station
    start = (rules.from_stop == from_stop) | (
        (rules.from_stop < 0) & (rules.from_station == station[from_stop])
    )
    end = (rules.to_stop == to_stop) | (
        (rules.to_stop < 0) & (rules.to_station == station[to_stop])
    )
    return bool((start & end & (rules.type == 2)).any())
