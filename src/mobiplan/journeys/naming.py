"""The door through which positions in arrays become names and clocks again: itinerary -> legs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.journeys.coupling import (
    Coupling,
    by_number,
    couplings_of,
    joined_numbers,
    number_of,
    positions_of,
)
from mobiplan.journeys.doors import (
    Door,
    alighting_door,
    arrival_s,
    boarding_door,
    departure_s,
    door_of_place,
    door_of_stop,
    end_station,
    start_station,
)
from mobiplan.journeys.itinerary import GUARANTEED, IN_SEAT, Itinerary, Question, Ride
from mobiplan.journeys.leg import WALK, Call, Leg, mode_of
from mobiplan.timetable.graph import ALIGHTING, ARRIVAL, BOARDING, DEPARTURE, RUN

if TYPE_CHECKING:
    from mobiplan.timetable.arrays import Int32
    from mobiplan.timetable.graph import TimeExpandedGraph

#: What to do where GTFS says 2 (phone) or 3 (driver) in pickup_type and drop_off_type.
_BOARDING_NOTES = {
    2: "boarding has to be arranged by phone",
    3: "boarding has to be arranged with the driver",
}
_ALIGHTING_NOTES = {
    2: "alighting has to be arranged by phone",
    3: "alighting has to be arranged with the driver",
}


class Walk(NamedTuple):
    """A way on foot from the stop of one ride to the stop of the next."""

    duration_s: int
    note: str


def legs_of(
    graph: TimeExpandedGraph, itinerary: Itinerary, question: Question
) -> tuple[Leg, ...]:
    """Return the legs of an itinerary: rides, the walks between them, to and from them.

    Parameters
    ----------
    graph : TimeExpandedGraph
        The graph whose positions the itinerary holds.
    itinerary : Itinerary
    question : Question
        Its places name the ends of the first and last walk.
    """
    rides = itinerary.rides
    if not rides:
        start = door_of_place(graph, question.origin)
        end = door_of_place(graph, question.destination)
        return (_walk_leg(graph, start, end, itinerary.departure, itinerary.arrival),)
    legs: list[Leg] = []
    if itinerary.access:
        end = boarding_door(graph, rides[0])
        start = door_of_place(graph, question.origin, end.zone)
        leaves = itinerary.departure
        legs.append(_walk_leg(graph, start, end, leaves, leaves + itinerary.access))
    for k, coupling in enumerate(couplings_of(graph, itinerary)):
        if k:
            walk = walk_between(graph, rides[k - 1], rides[k])
            if walk is not None:
                start, end = alighting_door(graph, rides[k - 1]), boarding_door(graph, rides[k])
                leaves = arrival_s(graph, rides[k - 1])
                legs.append(
                    _walk_leg(graph, start, end, leaves, leaves + walk.duration_s, walk.note)
                )
        legs.append(_ride_leg(graph, rides[k], coupling))
    if itinerary.egress:
        start = alighting_door(graph, rides[-1])
        end = door_of_place(graph, question.destination, start.zone)
        leaves = arrival_s(graph, rides[-1])
        legs.append(_walk_leg(graph, start, end, leaves, leaves + itinerary.egress))
    return tuple(legs)


def walk_between(graph: TimeExpandedGraph, ride: Ride, following: Ride) -> Walk | None:
    """Return the walk from the end of a ride to the next, None within one station.

    Its duration is the one of the change (`Groups.pair_walk`). Where a guaranteed or
    trip-to-trip transfer leads to a station that no general rule reaches, it is the footpath's,
    else the time between the two trains.
    """
    timetable = graph.timetable
    groups, rows = timetable.groups, graph.connections.rows
    from_station, to_station = end_station(graph, ride), start_station(graph, following)
    if from_station == to_station or following.entry == IN_SEAT:
        return None
    paths = timetable.footpaths
    on_foot = np.flatnonzero(
        (paths.from_station == from_station) & (paths.to_station == to_station)
    )
    note = ""
    if len(on_foot):
        distance_m = int(paths.distance[on_foot[0]])
        if int(paths.origin[on_foot[0]]) == 1:
            note = "change of stations across the city"
        elif distance_m >= 0:
            note = f"about {max(round(distance_m, -1), 10)} m, estimated"
    arrival_group = int(rows[ride.alight, ALIGHTING])
    first, last = groups.pair_ptr[arrival_group], groups.pair_ptr[arrival_group + 1]
    pair = np.flatnonzero(groups.pair_to[first:last] == rows[following.board, BOARDING])
    if len(pair):
        duration_s = int(groups.pair_walk[first + pair[0]])
    elif len(on_foot):
        duration_s = int(paths.duration[on_foot[0]])
    else:
        duration_s = max(int(rows[following.board, DEPARTURE] - rows[ride.alight, ARRIVAL]), 0)
    return Walk(duration_s, note)


def _ride_leg(graph: TimeExpandedGraph, ride: Ride, coupling: Coupling) -> Leg:
    """Name one ride. Where portions share all of it, the smallest number's facts are shown."""
    timetable, connections = graph.timetable, graph.connections
    trips, calls, stations = timetable.trips, timetable.calls, timetable.stations
    run = coupling.runs[0]
    trip = int(connections.run_trip[run])
    positions = positions_of(graph, ride)
    board_call = int(timetable.hops.call[connections.hop[ride.board]])
    alight_call = int(timetable.hops.call[connections.hop[ride.alight]]) + 1
    start, end = boarding_door(graph, ride), alighting_door(graph, ride)
    kind = timetable.kinds[trips.kind[trip]]

    stops, points = [], [start.point]
    for k in range(len(positions) - 1):
        # By clock the connections tell, by place and name the calls; both in riding order.
        call = board_call + k + 1
        door = door_of_stop(graph, int(calls.stop[call]), int(trips.zone[trip]))
        arrives = int(connections.rows[positions[k], ARRIVAL])
        leaves = int(connections.rows[positions[k + 1], DEPARTURE])
        points.append(door.point)
        stops.append(
            Call(
                station_id=door.id,
                name=door.name,
                stop_id=door.stop_id,
                platform=door.platform,
                arrival=times.local_time(graph.epoch + arrives, door.zone),
                departure=times.local_time(graph.epoch + leaves, door.zone),
                approximate=bool(calls.approximate[call]),
            )
        )
    points.append(end.point)

    notes = []
    if ride.entry == IN_SEAT:
        notes.append("stay seated")
    elif ride.entry == GUARANTEED:
        notes.append("guaranteed transfer")
    notes += _coupling_notes(graph, positions, coupling)
    notes.append(_BOARDING_NOTES.get(int(calls.pickup[board_call]), ""))
    notes.append(_ALIGHTING_NOTES.get(int(calls.drop_off[alight_call]), ""))
    if calls.approximate[board_call] or calls.approximate[alight_call]:
        notes.append("approximate times")

    ends = []
    for portion in coupling.runs:
        last_call = int(trips.call_ptr[int(connections.run_trip[portion]) + 1]) - 1
        ends.append(stations.name[int(timetable.stops.station[calls.stop[last_call]])])
    return Leg(
        mode=mode_of(kind),
        train_number=joined_numbers(number_of(graph, portion) for portion in coupling.runs),
        brand=timetable.brands[trips.brand[trip]],
        direction="/".join(dict.fromkeys(ends)),
        from_id=start.id,
        from_name=start.name,
        from_stop_id=start.stop_id,
        departure=times.local_time(graph.epoch + departure_s(graph, ride), start.zone),
        to_id=end.id,
        to_name=end.name,
        to_stop_id=end.stop_id,
        arrival=times.local_time(graph.epoch + arrival_s(graph, ride), end.zone),
        note="; ".join(filter(None, notes)),
        kind=kind,
        from_platform=start.platform,
        to_platform=end.platform,
        stops=tuple(stops),
        coordinates=tuple(point for point in points if point is not None),
        in_seat=ride.entry == IN_SEAT,
        trip_id=trips.id[trip],
        service_date=graph.date_of(run),
    )


def _coupling_notes(
    graph: TimeExpandedGraph, positions: Int32, coupling: Coupling
) -> list[str]:
    """Say which other portions come and go while one rides, and where."""
    timetable, connections = graph.timetable, graph.connections
    numbers: dict[tuple[int, int], list[str]] = {}
    for run, first, last in coupling.stretches:
        numbers.setdefault((first, last), []).append(number_of(graph, run))
    notes = []
    for (first, last), names in numbers.items():
        call_from = int(timetable.hops.call[connections.hop[positions[first]]])
        call_to = int(timetable.hops.call[connections.hop[positions[last]]]) + 1
        meet, part = (
            timetable.stations.name[int(timetable.stops.station[timetable.calls.stop[call]])]
            for call in (call_from, call_to)
        )
        who = "/".join(sorted(filter(None, names), key=by_number))
        note = f"coupled with {who}" if first == 0 else f"joined by {who} at {meet}"
        if last < len(positions) - 1:
            note += f" as far as {part}" if first == 0 else f", as far as {part}"
        notes.append(note)
    return notes


def _walk_leg(
    graph: TimeExpandedGraph, start: Door, end: Door, leaves: int, arrives: int, note: str = ""
) -> Leg:
    return Leg(
        mode=WALK,
        train_number="",
        brand="",
        direction="",
        from_id=start.id,
        from_name=start.name,
        from_stop_id=start.stop_id,
        departure=times.local_time(graph.epoch + leaves, start.zone),
        to_id=end.id,
        to_name=end.name,
        to_stop_id=end.stop_id,
        arrival=times.local_time(graph.epoch + arrives, end.zone),
        note=note,
        kind=WALK,
        from_platform=start.platform,
        to_platform=end.platform,
        coordinates=tuple(point for point in (start.point, end.point) if point is not None),
    )
