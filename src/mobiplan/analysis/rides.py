"""What many rides cost and emit at once: the figures of `Journey.price` and `Journey.co2`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.journeys.walks import way_between
from mobiplan.timetable.arrays import Float64, Int32, Int64
from mobiplan.timetable.graph import TimeExpandedGraph

if TYPE_CHECKING:
    from mobiplan.attributes.legs import Legs
    from mobiplan.attributes.passenger import Passenger
    from mobiplan.journeys.itinerary import Place
    from mobiplan.planner.planner import Planner
    from mobiplan.search.everywhere import Best


class Worth(NamedTuple):
    """What journeys cost and emit; NaN where a ride's figure is unknown, or a metro's ticket."""

    price_min: Float64  # (n,) euros
    price_max: Float64  # (n,) euros
    co2_kg: Float64  # (n,) kg CO2e

    def price(self, end: str) -> Float64:
        """Return the low, middle or high price [euros]."""
        if end == "middle":
            return (self.price_min + self.price_max) / 2
        return self.price_min if end == "low" else self.price_max


def worth_of(
    planner: Planner,
    graph: TimeExpandedGraph,
    rides: Int32,
    ride_ptr: Int64,
    passenger: Passenger | None = None,
    by_metro: Iterable[int] = (),
) -> Worth:
    """Price journeys whose rides are ``rides[ride_ptr[j] : ride_ptr[j + 1]]``.

    Parameters
    ----------
    rides : (n_rides, 2 or more) int32
        Positions where one boards and alights.
    ride_ptr : (n + 1,) int64
    by_metro : iterable of int
        Journeys without rides across a city: what these cost and emit nobody knows.
    """
    attributes, timetable = planner.attributes, graph.timetable
    hop = graph.connections.hop
    board = timetable.hops.call[hop[rides[:, 0]]].astype(np.int64)
    alight = timetable.hops.call[hop[rides[:, 1]]].astype(np.int64) + 1
    trip = timetable.hops.trip[hop[rides[:, 0]]]
    km = attributes.fare_tables.distances.call_km
    unknown = np.isnan(km[alight] - km[board])
    fares, emissions = attributes.fares(passenger), attributes.emissions
    n_hops, hop_of_call = len(timetable.hops.call), np.zeros(len(km), dtype=np.int64)
    hop_of_call[timetable.hops.call] = np.arange(n_hops) + 1  # 0: a trip's last call

    def along(of_hop: Float64) -> Float64:
        """Add up what the hops of each ride have."""
        of_call = np.concatenate([[0.0], np.nan_to_num(of_hop)])[hop_of_call]
        before = np.concatenate([[0.0], np.cumsum(of_call)])
        total: Float64 = np.where(unknown, np.nan, before[alight] - before[board])
        return total

    def total(legs: Legs, of_leg: Float64, fee: Float64 | None, of_hop: Float64) -> Float64:
        """Add up the rides of each journey, by leg where the trip has legs."""
        by_leg = legs.by_leg[trip]
        leg = np.where(by_leg, legs.leg_ptr[board] + alight - board - 1, 0)
        added = along(of_hop) if fee is None else fee[trip] + along(of_hop)
        ride = np.where(by_leg, of_leg[leg], added) if len(of_leg) else added
        added = np.add.reduceat(
            np.append(ride, 0.0), ride_ptr[:-1]
        )  # a journey on foot may be last
        return np.where(np.diff(ride_ptr) > 0, added, 0.0)

    worth = Worth(
        total(fares.legs, fares.low_eur, fares.low_boarding_eur, fares.low_hop_eur),
        total(fares.legs, fares.high_eur, fares.high_boarding_eur, fares.high_hop_eur),
        total(emissions.legs, emissions.kg, None, emissions.hop_kg),
    )
    for values in worth:
        values[list(by_metro)] = np.nan
    return worth


def crossings(
    graph: TimeExpandedGraph, best: Best, rows: Int64, ends: Callable[[int], tuple[Place, Place]]
) -> list[int]:
    """Return which of some journeys without rides lead across a city by its metro.

    Parameters
    ----------
    rows : (k,) int64
        Rows of `best`, which are looked at where there is no ride.
    ends : callable
        Row -> the places from and to which the journey leads.
    """
    on_foot = rows[np.diff(best.ride_ptr)[rows] == 0]
    lasts = best.arrival - best.departure
    return [
        row
        for row in on_foot.tolist()
        if lasts[row] > 0 and way_between(graph, *ends(row), int(lasts[row]))[2].kind == CITY_CHANGE
    ]
