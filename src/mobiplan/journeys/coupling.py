"""Coupled trains: one physical train that the feed publishes under several numbers.

The feed lists 2573 and 2593 as two trips; between Paris and Rennes they are one train. In the
graph they stay two runs, because each can be boarded and left as published, and a hop that
they share is linked in the ring `Connections.twin`. A hop is shared when trips of rail kinds
with *different train numbers* leave one stop and reach the next at the same times on the same
day; stop points are those of one brand, so a regional train never couples with a TGV.

Two trips that are identical from end to end under two numbers follow the same rule: they count
as one coupled train, not as two trains that leave together. Two trips with the same number are
never coupled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from mobiplan.journeys.itinerary import IN_SEAT, Itinerary, Ride
from mobiplan.timetable.graph import ALIGHTING, BOARDING, RUN

if TYPE_CHECKING:
    from mobiplan.timetable.arrays import Int32
    from mobiplan.timetable.graph import TimeExpandedGraph


class Stretch(NamedTuple):
    """Another portion that belongs to the train on some of a ride's hops."""

    run: int
    first: int  # the ride's hops first .. last are shared, counted from 0
    last: int


class Coupling(NamedTuple):
    """Which portions of a train one may sit in, and which come or go on the way."""

    runs: tuple[int, ...]  # one may sit in any of these all the way; smallest number first
    stretches: tuple[Stretch, ...]  # other portions


def positions_of(graph: TimeExpandedGraph, ride: Ride) -> Int32:
    """Return the ride's connections in riding order: (n_hops,) positions."""
    connections = graph.connections
    first, last = connections.slot[ride.board], connections.slot[ride.alight]
    return connections.position[first : last + 1]


def number_of(graph: TimeExpandedGraph, run: int) -> str:
    """Return the train number of a run, "" where there is none."""
    return graph.timetable.trips.number[int(graph.connections.run_trip[run])]


def by_number(number: str) -> tuple[bool, int, str]:
    """Order train numbers as numbers, those that are none last.

    >>> sorted(["10001", "9", "ZOU", "2593"], key=by_number)
    ['9', '2593', '10001', 'ZOU']
    """
    # isdecimal, not isdigit: "²" is a digit that int() refuses.
    return (not number.isdecimal(), int(number) if number.isdecimal() else 0, number)


def joined_numbers(numbers: Iterable[str]) -> str:
    """Write the numbers of coupled trains, smallest first.

    >>> joined_numbers(["2593", "2573"])
    '2573/2593'
    """
    return "/".join(sorted({number for number in numbers if number}, key=by_number))


def coupling_of(graph: TimeExpandedGraph, ride: Ride, tied: bool = False) -> Coupling:
    """Return what runs coupled with a ride.

    Parameters
    ----------
    graph : TimeExpandedGraph
    ride : Ride
    tied : bool
        One must sit in this very portion, because one stays seated before or after the ride.

    Returns
    -------
    Coupling
        A run that shares every hop but cannot be boarded or left where the ride begins or ends
        is a stretch, not a place to sit.
    """
    connections, groups = graph.connections, graph.timetable.groups
    rows, twin = connections.rows, connections.twin
    own = int(rows[ride.board, RUN])
    positions = positions_of(graph, ride)
    if (twin[positions] == positions).all():
        return Coupling((own,), ())
    shared: dict[int, list[tuple[int, int]]] = {}  # run -> (hop of the ride, its own position)
    for hop, position in enumerate(positions.tolist()):
        other = int(twin[position])
        while other != position:
            shared.setdefault(int(rows[other, RUN]), []).append((hop, other))
            other = int(twin[other])
    runs, stretches = [own], []
    for run, hops in shared.items():
        if (
            not tied
            and len(hops) == len(positions)
            and rows[hops[0][1], BOARDING] < len(groups.boarding_stop)
            and rows[hops[-1][1], ALIGHTING] < len(groups.arrival_stop)
        ):
            runs.append(run)
            continue
        first = last = hops[0][0]
        for hop, _ in hops[1:]:
            if hop > last + 1:
                stretches.append(Stretch(run, first, last))
                first = hop
            last = hop
        stretches.append(Stretch(run, first, last))

    runs.sort(key=lambda run: by_number(number_of(graph, run)))
    stretches.sort(key=lambda part: (part.first, part.last, by_number(number_of(graph, part.run))))
    return Coupling(tuple(runs), tuple(stretches))


def couplings_of(graph: TimeExpandedGraph, itinerary: Itinerary) -> tuple[Coupling, ...]:
    """Return the `Coupling` of each ride of an itinerary."""
    rides = itinerary.rides
    seated = [ride.entry == IN_SEAT for ride in rides] + [False]
    return tuple(
        coupling_of(graph, ride, tied=seated[k] or seated[k + 1]) for k, ride in enumerate(rides)
    )


def physical_key(graph: TimeExpandedGraph, itinerary: Itinerary) -> tuple[int, ...]:
    """Return a key that is equal for itineraries by the same physical trains on the same hops.

    Which portion of a coupled train one sits in, and whether one moves from one portion to
    the other on the way, makes no difference. Keys of different graphs cannot be compared.

    Returns
    -------
    tuple of int
        For every hop ridden, the smallest position among the connections of its train; for a
        walk without rides the times at which it begins and ends.
    """
    if not itinerary.rides:
        return (itinerary.departure, itinerary.arrival)
    twin = graph.connections.twin
    key: list[int] = []
    for ride in itinerary.rides:
        positions = positions_of(graph, ride)
        if (twin[positions] == positions).all():
            key += positions.tolist()
            continue
        for position in positions.tolist():
            smallest, other = position, int(twin[position])
            while other != position:
                smallest = min(smallest, other)
                other = int(twin[other])
            key.append(smallest)
    return tuple(key)


def trains_key(
    graph: TimeExpandedGraph, itinerary: Itinerary, physical: tuple[int, ...]
) -> tuple[int, ...]:
    """Return a key that is equal for itineraries by the same trains, wherever one changes.

    `physical` is the itinerary's `physical_key`.
    """
    if not itinerary.rides:
        return ()
    ridden = graph.connections.rows[list(physical), RUN].tolist()
    return tuple(run for run, _ in groupby(ridden))


def distinct(graph: TimeExpandedGraph, itineraries: Sequence[Itinerary]) -> list[Itinerary]:
    """Return the itineraries with each physical choice once, in the order given.

    Of several by the same physical trains the one with fewest changes stays, then the one with
    the smallest train numbers; it takes the place of the first.
    """
    # The same trains leave and arrive at the same times, so few itineraries need a key.
    same_times: dict[tuple[int, int], list[int]] = {}
    for i, itinerary in enumerate(itineraries):
        same_times.setdefault((itinerary.departure, itinerary.arrival), []).append(i)
    chosen = list(itineraries)
    dropped = set()
    for tied in same_times.values():
        if len(tied) == 1:
            continue
        first_of: dict[tuple[int, ...], int] = {}
        for i in tied:
            first = first_of.setdefault(physical_key(graph, itineraries[i]), i)
            if first == i:
                continue
            dropped.add(i)
            if _preference(graph, itineraries[i]) < _preference(graph, chosen[first]):
                chosen[first] = itineraries[i]
    return [itinerary for i, itinerary in enumerate(chosen) if i not in dropped]


def _preference(
    graph: TimeExpandedGraph, itinerary: Itinerary
) -> tuple[int, list[tuple[bool, int, str]]]:
    runs = [int(graph.connections.rows[ride.board, RUN]) for ride in itinerary.rides]
    return len(runs), [by_number(number_of(graph, run)) for run in runs]
