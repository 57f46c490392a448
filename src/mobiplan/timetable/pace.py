"""A timetable as one traveller walks it: slower changes, and stations one does not change at.

The trips stay; minima, walks and pairs of groups are derived anew, column by column. Classes of
calls that no rule tells apart are treated alike here too, so the groups stay as they are.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from mobiplan.timetable.arrays import Bool, Exceptions, Footpaths, Groups, Int32, frozen
from mobiplan.timetable.footpaths import pairs_by
from mobiplan.timetable.groups import with_pairs
from mobiplan.timetable.timetable import Timetable


def at_own_pace(
    timetable: Timetable,
    *,
    walking_speed_m_s: float | None = None,
    factor: float = 1.0,
    extra_s: int = 0,
    no_change_at: Bool | None = None,
    on_foot_only: bool = False,
) -> Timetable:
    """Return the timetable under a traveller's own changes; the trips are shared.

    Parameters
    ----------
    walking_speed_m_s : float, optional
        Walks take as long as at this speed. Who is slower than `TransferRules` assumes takes
        longer for every change, too; who is faster is not given less than the stated minima.
    factor : float
        Changes take so many times as long, the closing of doors excepted.
    extra_s : int
        Seconds more for every change.
    no_change_at : (n_stations,) bool, optional
        Where one does not change trains.
    on_foot_only : bool
        No way across a city by its metro or bus.

    Notes
    -----
    Vehicles that wait for each other (guaranteed changes, transfer_type 1) wait for slow
    passengers too. The minutes by metro of a change across a city count as its walks do:
    how much of them is walked is not known.
    """
    rules = timetable.rules
    slower = 1.0
    if walking_speed_m_s is not None:
        slower = rules.walking_speed_m_s / walking_speed_m_s
        rules = dataclasses.replace(rules, walking_speed_m_s=walking_speed_m_s)
    longer = factor * max(slower, 1.0)
    closed = np.zeros(len(timetable.stations.lat), dtype=bool)
    if no_change_at is not None:
        closed = no_change_at
    paths, kept = timetable.footpaths, np.ones(len(timetable.groups.pair_to), dtype=bool)
    if on_foot_only:
        paths, kept = _on_foot(timetable)
    return dataclasses.replace(
        timetable,
        rules=rules,
        footpaths=frozen(_footpaths(paths, slower)),
        groups=frozen(_groups(timetable.groups, slower, longer, extra_s, closed, kept)),
        exceptions=frozen(_exceptions(timetable, longer, extra_s, closed)),
    )


def _times(seconds: Int32, factor: float) -> Int32:
    """Multiply, rounded up: a change is never made in less than was asked for."""
    longer: Int32 = np.ceil(seconds * factor - 1e-6).astype(np.int32)
    return longer


def _footpaths(footpaths: Footpaths, slower: float) -> Footpaths:
    return footpaths._replace(duration=_times(footpaths.duration, slower))


def _on_foot(timetable: Timetable) -> tuple[Footpaths, Bool]:
    """Return the footpaths that are walked, and which pairs of groups go by none of the others."""
    paths, groups = timetable.footpaths, timetable.groups
    walked = paths.distance >= 0
    kept = Footpaths(
        paths.from_station[walked],
        paths.to_station[walked],
        paths.duration[walked],
        paths.distance[walked],
        paths.origin[walked],
    )
    return kept, ~pairs_by(groups, paths, ~walked)


def _groups(
    groups: Groups, slower: float, longer: float, extra_s: int, closed: Bool, kept: Bool
) -> Groups:
    source = groups.pair_from
    closing = groups.closing[groups.pair_to]
    needed = closing + _times(np.maximum(groups.pair_minimum - closing, 0), longer) + extra_s
    walk = _times(groups.pair_walk, slower)
    needed = np.maximum(needed, walk + closing).astype(np.int32)
    minimum = np.where(groups.pair_guaranteed != 0, groups.pair_minimum, needed)
    kept = kept & ~closed[groups.arrival_station[source]]
    kept &= ~closed[groups.boarding_station[groups.pair_to]]
    return with_pairs(groups, kept, minimum, walk)


def _exceptions(timetable: Timetable, longer: float, extra_s: int, closed: Bool) -> Exceptions:
    exceptions, groups = timetable.exceptions, timetable.groups
    changes = (exceptions.transfers != 0) & (exceptions.guaranteed == 0)
    closing = np.append(groups.closing, 0)[groups.boarding[exceptions.to_call]]
    needed = closing + _times(np.maximum(exceptions.minimum - closing, 0), longer) + extra_s
    minimum = np.where(changes, needed, exceptions.minimum).astype(np.int32)
    station = timetable.stops.station[timetable.calls.stop]
    at_closed = closed[station[exceptions.from_call]] | closed[station[exceptions.to_call]]
    kept = ~at_closed | (exceptions.transfers == 0)
    return Exceptions(*(column[kept] for column in exceptions._replace(minimum=minimum)))
