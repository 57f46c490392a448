"""Legs, hops and how long they are: the two shapes in which an attribute is held.

An attribute that adds up along a trip is held by **hop** (and, for a fee, by trip). One that does
not, such as a fare published by origin and destination, is held by **leg**: for each call of a
trip, one figure for each later call. The legs of call b are ``leg_ptr[b] : leg_ptr[b + 1]``, and
the leg to call a is ``leg_ptr[b] + (a - b - 1)``. Trips whose attributes add up have no legs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mobiplan.errors import InvalidQuery
from mobiplan.timetable.arrays import Bool, Float64, Int32, Int64, frozen, spread
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.timetable import Timetable

#: Length of the railway over the great-circle way from call to call: on average 1.13 for the 56
#: TGV pairs of `emission-co2-perimetre-complet` that the 2025-01 feed joins, 1.15 for 19 of TER.
RAIL_DETOUR = 1.14

#: How far a train comes in an hour between places that are unknown, for ranking only [km/h].
UNKNOWN_KM_H = 100.0


class Legs(NamedTuple):
    """The legs of those trips that are not priced by the hop."""

    leg_ptr: Int32  # (n_calls + 1,) legs that begin at call b are leg_ptr[b] : leg_ptr[b + 1]
    from_call: Int32  # (n_legs,) boarding call
    to_call: Int32  # (n_legs,) alighting call, of the same trip, later
    by_leg: Bool  # (n_trips,) whose trips these are


class Costs(NamedTuple):
    """One finite number for each arc, to search with: a leg's, or a boarding's and its hops'.

    Of a trip with legs the boarding and the hops are 0; every other trip has no legs.
    """

    leg: Float64  # (n_legs,)
    boarding: Float64  # (n_trips,)
    hop: Float64  # (n_hops,)


class Distances(NamedTuple):
    """How far trains go, along the railway as far as the great circle lets guess."""

    call_km: Float64  # (n_calls,) from the trip's first call; NaN after a call without a place
    hop_km: Float64  # (n_hops,) NaN where a place is unknown


def make_legs(timetable: Timetable, by_leg: Bool) -> Legs:
    """Return the legs of the trips for which `by_leg` holds.

    Examples
    --------
    >>> import mobiplan as mp
    >>> timetable = mp.sample()
    >>> legs = make_legs(timetable, timetable.trips.kind == 0)  # high speed
    >>> bool((legs.to_call > legs.from_call).all())
    True
    """
    call_ptr = timetable.trips.call_ptr
    trip = trip_of_call(timetable)
    calls = np.arange(len(trip))
    later = np.where(by_leg[trip], call_ptr[trip + 1] - 1 - calls, 0)
    leg_ptr = np.zeros(len(calls) + 1, dtype=np.int32)
    np.cumsum(later, out=leg_ptr[1:])
    from_call, place = spread(later)
    to_call = from_call + place + 1
    return frozen(Legs(leg_ptr, from_call.astype(np.int32), to_call.astype(np.int32), by_leg))


def make_distances(timetable: Timetable) -> Distances:
    """Return the length of hops, and where along its trip each call lies."""
    calls, hops, stations = timetable.calls, timetable.hops, timetable.stations
    station = timetable.stops.station[calls.stop]
    lat, lon = stations.lat[station], stations.lon[station]
    step_km = np.zeros(len(station))
    step_km[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) * (RAIL_DETOUR / 1000)
    hop_km = step_km[hops.call + 1]
    # Sums that begin anew with each trip; an unknown step may spoil its own trip only.
    first = timetable.trips.call_ptr[trip_of_call(timetable)]
    step_km[timetable.trips.call_ptr[:-1]] = 0.0
    along = np.cumsum(np.nan_to_num(step_km))
    holes = np.cumsum(np.isnan(step_km))
    call_km = np.where(holes > holes[first], np.nan, along - along[first])
    return frozen(Distances(call_km, hop_km))


def trip_of_call(timetable: Timetable) -> Int64:
    """Return the trip of each call, (n_calls,)."""
    return np.repeat(np.arange(len(timetable.trips.route)), np.diff(timetable.trips.call_ptr))


def great_circle_km(timetable: Timetable, one: Int32, two: Int32) -> Float64:
    """Return the great-circle distance between stations, NaN where a place is unknown."""
    lat, lon = timetable.stations.lat, timetable.stations.lon
    return distance_m(lat[one], lon[one], lat[two], lon[two]) / 1000


def trip_between(timetable: Timetable, board: int, alight: int) -> int:
    """Return the trip of two calls.

    Raises
    ------
    InvalidQuery
        If they are not calls of one trip, in this order.
    """
    call_ptr = timetable.trips.call_ptr
    trip = int(np.searchsorted(call_ptr, board, side="right")) - 1
    if not 0 <= board < alight < int(call_ptr[min(trip + 1, len(call_ptr) - 1)]):
        raise InvalidQuery(f"calls {board} and {alight} are not of one trip, in this order")
    return trip


def make_costs(
    timetable: Timetable,
    legs: Legs,
    leg: Float64,
    boarding: Float64,
    hop: Float64,
    unknown_per_km: float,
) -> Costs:
    """Return finite costs: what is unknown (NaN) counts as `unknown_per_km` for the time it takes.

    A search must rank what it does not know; an unknown figure is taken as a high one, never as 0.
    """
    calls, hops = timetable.calls, timetable.hops
    per_s = unknown_per_km * UNKNOWN_KM_H / 3600
    leg_s = calls.arrival[legs.to_call] - calls.departure[legs.from_call]
    return Costs(
        np.where(np.isnan(leg), leg_s * per_s, leg),
        np.nan_to_num(boarding),
        np.where(np.isnan(hop), (hops.arrival - hops.departure) * per_s, hop),
    )


def sealed(array: Any) -> Any:
    """Return an array C-contiguous and read-only."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
