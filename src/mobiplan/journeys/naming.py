"""The door through which positions in arrays become names and clocks again: itinerary -> legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    door_at_end,
    door_of_place,
    door_of_stop,
    end_station,
    start_station,
)
from mobiplan.journeys.itinerary import IN_SEAT, Itinerary, Question, Ride
from mobiplan.journeys.leg import WALK, Call, Leg, mode_of
from mobiplan.journeys.walks import Walk, pair_between, walk_at_end, walk_between, way_between
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN

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


def legs_of(graph: TimeExpandedGraph, itinerary: Itinerary, question: Question) -> tuple[Leg, ...]:
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
        return (_whole_way(graph, itinerary, question),)
    legs: list[Leg] = []
    if itinerary.access:
        end = boarding_door(graph, rides[0])
        station = start_station(graph, rides[0])
        own, walk = walk_at_end(graph, question.origin, station, itinerary.access, begins=True)
        start = door_at_end(graph, question.origin, own, end.zone)
        legs.append(_walk_leg(graph, start, end, itinerary.departure, walk))
    for k, coupling in enumerate(couplings_of(graph, itinerary)):
        if k:
            between = walk_between(graph, rides[k - 1], rides[k])
            if between is not None:
                start, end = alighting_door(graph, rides[k - 1]), boarding_door(graph, rides[k])
                legs.append(_walk_leg(graph, start, end, arrival_s(graph, rides[k - 1]), between))
        legs.append(_ride_leg(graph, rides[k], coupling, rides[k - 1] if k else None))
    if itinerary.egress:
        start = alighting_door(graph, rides[-1])
        station, there = end_station(graph, rides[-1]), question.destination
        own, walk = walk_at_end(graph, there, station, itinerary.egress, begins=False)
        end = door_at_end(graph, there, own, start.zone)
        legs.append(_walk_leg(graph, start, end, arrival_s(graph, rides[-1]), walk))
    return tuple(legs)


def _whole_way(graph: TimeExpandedGraph, itinerary: Itinerary, question: Question) -> Leg:
    """Name the way from door to door without a ride."""
    origin, destination = question.origin, question.destination
    duration_s = itinerary.arrival - itinerary.departure
    start, end = door_of_place(graph, origin), door_of_place(graph, destination)
    own, station, walk = way_between(graph, origin, destination, duration_s)
    if own >= 0:
        zone = start.zone
        start = door_at_end(graph, origin, own, zone)
        end = door_at_end(graph, destination, station, zone)
    return _walk_leg(graph, start, end, itinerary.departure, walk)


def _ride_leg(
    graph: TimeExpandedGraph, ride: Ride, coupling: Coupling, previous: Ride | None
) -> Leg:
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
    elif previous is not None and _is_guaranteed(graph, previous, ride):
        notes.append("guaranteed transfer")
    notes += _coupling_notes(graph, positions, coupling)
    notes.append(_BOARDING_NOTES.get(int(calls.pickup[board_call]), ""))
    notes.append(_ALIGHTING_NOTES.get(int(calls.drop_off[alight_call]), ""))
    if calls.approximate[board_call] or calls.approximate[alight_call]:
        notes.append("approximate times")
    if graph.late is not None:
        late_s = int(max(graph.late[ride.board, 0], graph.late[ride.alight, 1]))
        notes.append(f"{times.format_duration(late_s)} late" if late_s else "")

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
        line=timetable.routes.short_name[int(trips.route[trip])],
    )


def _is_guaranteed(graph: TimeExpandedGraph, ride: Ride, following: Ride) -> bool:
    """Whether the next train waits, by a rule for both trips or for where they call.

    A mere minimum between two trips (transfer_type 2) is an exceptional arc as well, but no
    promise.
    """
    connections, hops = graph.connections, graph.timetable.hops
    exceptions = graph.timetable.exceptions
    days = connections.run_day[connections.rows[[ride.alight, following.board], RUN]]
    arcs = (
        (exceptions.from_call == hops.call[connections.hop[ride.alight]] + 1)
        & (exceptions.to_call == hops.call[connections.hop[following.board]])
        & (exceptions.day_shift == days[1] - days[0])
    )
    if exceptions.guaranteed[arcs].any():
        return True
    pair = pair_between(graph, ride, following)
    return pair >= 0 and bool(graph.timetable.groups.pair_guaranteed[pair])


def _coupling_notes(graph: TimeExpandedGraph, positions: Int32, coupling: Coupling) -> list[str]:
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


def _walk_leg(graph: TimeExpandedGraph, start: Door, end: Door, leaves: int, walk: Walk) -> Leg:
    arrives = leaves + walk.duration_s
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
        note=walk.note,
        kind=walk.kind,
        from_platform=start.platform,
        to_platform=end.platform,
        coordinates=tuple(point for point in (start.point, end.point) if point is not None),
    )
