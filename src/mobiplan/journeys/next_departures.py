"""The next departures of each leg: what one takes instead when a train is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.coupling import coupling_of, joined_numbers, number_of, physical_key
from mobiplan.journeys.doors import departure_s, end_station, start_station
from mobiplan.journeys.itinerary import IN_SEAT, Itinerary, Ride
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE, RUN

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.journeys.journey import Journey
    from mobiplan.timetable.graph import TimeExpandedGraph

#: Columns of `Journey.next_departures`.
NEXT_COLUMNS = (
    "leg",
    "departure",
    "arrival",
    "train_number",
    "brand",
    "from_name",
    "to_name",
)


def next_departures(journey: Journey, n: int) -> pd.DataFrame:
    """Answer `Journey.next_departures`."""
    import pandas as pd

    from mobiplan.journeys.tables import instants

    graph = journey.graph
    if journey.planner is not None:  # its own graph may end on the day of the last train home
        days = max(journey.question.days, 2)
        first = graph.epoch + journey.itinerary.departure
        graph = journey.planner.windows.around(first, days, backward=False)[0]
    timetable = graph.timetable
    number_of_leg = [k for k, leg in enumerate(journey.legs) if not leg.is_walk]
    found: list[tuple[int, Ride]] = []
    for k, ride in zip(number_of_leg, journey.itinerary.rides, strict=True):
        if ride.entry != IN_SEAT:  # who stays seated misses no train
            after = departure_s(journey.graph, ride) + journey.graph.epoch - graph.epoch
            ends = start_station(journey.graph, ride), end_station(journey.graph, ride)
            found += [
                (k, other) for other in _distinct(graph, direct_rides(graph, *ends, after), n)
            ]
    rows, trips = graph.connections.rows, timetable.trips
    legs = [journey.legs[k] for k, _ in found]
    couplings = [coupling_of(graph, ride) for _, ride in found]
    first_trip = [int(graph.connections.run_trip[coupling.runs[0]]) for coupling in couplings]
    zone = timetable.timezones[0]
    columns = {
        "leg": np.array([k for k, _ in found], dtype=np.int64),
        "departure": instants(
            (graph.epoch + int(rows[ride.board, DEPARTURE]) for _, ride in found), zone
        ),
        "arrival": instants(
            (graph.epoch + int(rows[ride.alight, ARRIVAL]) for _, ride in found), zone
        ),
        "train_number": pd.Series(
            [joined_numbers(number_of(graph, run) for run in one.runs) for one in couplings],
            dtype="str",
        ),
        "brand": pd.Series([timetable.brands[trips.brand[t]] for t in first_trip], dtype="str"),
        "from_name": pd.Series([leg.from_name for leg in legs], dtype="str"),
        "to_name": pd.Series([leg.to_name for leg in legs], dtype="str"),
    }
    return pd.DataFrame(columns)[list(NEXT_COLUMNS)]


def direct_rides(
    graph: TimeExpandedGraph, from_station: int, to_station: int, after: int
) -> list[Ride]:
    """Return the rides from one station to another that leave after a second, by departure.

    Any stop of either station counts. Of a run that calls twice the shortest ride is returned.
    """
    timetable, connections = graph.timetable, graph.connections
    rows, groups = connections.rows, timetable.groups
    n_boarding, n_arrival = len(groups.boarding_stop), len(groups.arrival_stop)
    at_start = np.append(groups.boarding_station == from_station, False)
    at_end = np.append(groups.arrival_station == to_station, False)
    assert len(at_start) == n_boarding + 1 and len(at_end) == n_arrival + 1
    begins = np.flatnonzero(at_start[rows[:, BOARDING]] & (rows[:, DEPARTURE] > after))
    slots = np.flatnonzero(at_end[rows[:, ALIGHTING]])
    slots = np.sort(connections.slot[slots])
    at = np.searchsorted(slots, connections.slot[begins])
    begins, at = begins[at < len(slots)], at[at < len(slots)]
    ends = connections.position[slots[at]]
    same = rows[begins, RUN] == rows[ends, RUN]
    begins, ends = begins[same], ends[same]
    latest = dict(zip(ends.tolist(), begins.tolist(), strict=True))  # the last boarding stays
    return [Ride(board, end) for end, board in sorted(latest.items(), key=lambda pair: pair[1])]


def _distinct(graph: TimeExpandedGraph, rides: list[Ride], n: int) -> list[Ride]:
    """Return the first n, coupled trains once."""
    kept: list[Ride] = []
    seen = set()
    for ride in rides:
        if len(kept) == n:
            break
        key = physical_key(graph, Itinerary((ride,), 0, 0))
        if key not in seen:
            seen.add(key)
            kept.append(ride)
    return kept
