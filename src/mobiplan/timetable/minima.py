"""Minima: which rule about changing trains holds between which calls, and what it asks.

Calls are put into *classes*: alike in stop point, closing of doors, kind of vehicle and, only
where a published rule mentions them, in line and trip. Each pair of classes gets the most
specific rule that fits. Specificity follows the GTFS reference, transfers.txt: trip to trip,
trip to route, trip, route to route, route, stops; a rule on a stop point comes before one on
its station.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.timetable.arrays import (
    Calls,
    Footpaths,
    Int8,
    Int32,
    Int64,
    PublishedTransfers,
    Stations,
    Stops,
    Trips,
    UInt8,
    spread,
)
from mobiplan.timetable.distance import distance_m
from mobiplan.timetable.rules import TransferRules

RAIL, COACH, SHUTTLE, METRO = range(4)
NO_CHANGE = np.int32(-1)  # the minimum of a forbidden pair (transfer_type 3)


class Network(NamedTuple):
    """What groups are made of."""

    stations: Stations
    stops: Stops
    trips: Trips
    calls: Calls
    published: PublishedTransfers
    active: UInt8  # (n_services, n_days)
    brands: tuple[str, ...]
    kinds: tuple[str, ...]


class Classes(NamedTuple):
    """Calls alike in all that a rule can mention; -1 = mentioned by none."""

    of_call: Int32  # (n_calls,)
    stop: Int32
    station: Int32
    closing: Int32  # s
    vehicle: Int8  # RAIL, COACH, SHUTTLE, METRO
    route: Int32
    trip: Int32


class Pairs(NamedTuple):
    """Candidate rules for (arriving class, departing class)."""

    arrive: Int64
    depart: Int64
    minimum: Int32  # s, NO_CHANGE = forbidden
    walk: Int32  # s
    score: Int32  # the higher the more specific
    rule: Int32  # row in the published table, -1 = default


def make_classes(network: Network, rules: TransferRules, published: PublishedTransfers) -> Classes:
    """Put the calls of a network into classes."""
    trips, calls = network.trips, network.calls
    n_calls = len(calls.stop)
    trip = np.repeat(np.arange(len(trips.route), dtype=np.int32), np.diff(trips.call_ptr))
    station = network.stops.station[calls.stop]

    closing_of_brand = np.array(
        [rules.door_closing.get(brand, 0) for brand in network.brands] or [0], dtype=np.int32
    )
    vehicle_of_kind = np.array(
        [
            COACH if kind == "coach" else METRO if kind in ("metro", "tram") else RAIL
            for kind in network.kinds
        ],
        dtype=np.int8,
    )
    closings, closing_rank = np.unique(closing_of_brand, return_inverse=True)
    vehicle = vehicle_of_kind[trips.kind]
    shuttle = np.array([brand == "Navette" for brand in network.brands] or [False])
    vehicle = np.where(shuttle[trips.brand], SHUTTLE, vehicle).astype(np.int8)
    shade = closing_rank[trips.brand].astype(np.int64) * 4 + vehicle  # of a trip
    n_shades = len(closings) * 4

    # A small key space: presence instead of sorting. Calls that a rule singles out by line or
    # trip get keys of their own behind it.
    key = calls.stop.astype(np.int64) * n_shades + shade[trip]
    n_keys = len(network.stops.station) * n_shades
    n_routes, n_trips = int(trips.route.max(initial=-1)) + 1, len(trips.route)
    route = trips.route[trip].astype(np.int64)
    line_named = _named(published, "route", network, n_routes, station, route)
    trip_named = _named(published, "trip", network, n_trips, station, trip.astype(np.int64))
    line_named |= trip_named  # so that a rule about its line still finds a named trip
    named = np.flatnonzero(line_named)
    if len(named):
        single = np.where(trip_named[named], trip[named].astype(np.int64) + 1, 0)
        shade_route = (key[named] * n_routes + route[named]) * (n_trips + 1) + single
        key[named] = n_keys + np.unique(shade_route, return_inverse=True)[1]
    present = np.zeros(int(key.max(initial=0)) + 1, dtype=bool)
    present[key] = True
    of_call = (np.cumsum(present) - 1)[key].astype(np.int32)
    n_classes = int(present.sum())
    example = np.zeros(n_classes, dtype=np.int64)
    example[of_call[::-1]] = np.arange(n_calls)[::-1]
    return Classes(
        of_call,
        calls.stop[example],
        station[example],
        closings[closing_rank[trips.brand[trip[example]]]].astype(np.int32),
        vehicle[trip[example]],
        np.where(line_named[example], route[example], -1).astype(np.int32),
        np.where(trip_named[example], trip[example], -1).astype(np.int32),
    )


def _named(
    published: PublishedTransfers,
    what: str,
    network: Network,
    n: int,
    station: Int32,
    row: Int64,
) -> NDArray[np.bool_]:
    """Which calls belong to a line (or trip) that a rule names at their station."""
    keys = []
    for side in ("from", "to"):
        named = getattr(published, f"{side}_{what}")
        where = _station_of(published, side, network)
        has = (named >= 0) & (where >= 0)
        keys.append(where[has].astype(np.int64) * n + named[has])
    mentioned = np.unique(np.concatenate(keys))
    if len(mentioned) == 0:
        return np.zeros(len(station), dtype=bool)
    return np.isin(station.astype(np.int64) * n + row, mentioned)


def _station_of(published: PublishedTransfers, side: str, network: Network) -> Int32:
    stop, station = getattr(published, f"{side}_stop"), getattr(published, f"{side}_station")
    where: Int32 = np.where(stop >= 0, network.stops.station[stop], station)
    return where


# ------------------------------------------------------------------ pairs and rules


def candidates(
    network: Network,
    classes: Classes,
    footpaths: Footpaths,
    rules: TransferRules,
    published: PublishedTransfers,
) -> list[Pairs]:
    """Default pairs within stations and along footpaths, and whatever a rule names."""
    by_station = np.argsort(classes.station, kind="stable")
    n_stations = len(network.stations.lat)
    ptr = np.searchsorted(classes.station[by_station], np.arange(n_stations + 1))
    everywhere = np.arange(n_stations)

    a, b, _ = _product(by_station, ptr, everywhere, everywhere)
    within = _default_minimum(network.stations, classes, rules, a, b)
    zero = np.zeros(len(a), dtype=np.int32)
    found = [Pairs(a, b, np.maximum(within, classes.closing[b]), zero, zero - 2, zero - 1)]

    a, b, path = _product(by_station, ptr, footpaths.from_station, footpaths.to_station)
    walk = footpaths.duration[path]
    minimum = np.maximum(
        _default_minimum(network.stations, classes, rules, a, b), walk + classes.closing[b]
    )
    zero = np.zeros(len(a), dtype=np.int32)
    found.append(Pairs(a, b, minimum.astype(np.int32), walk, zero - 1, zero - 1))

    if len(published.type):
        found.append(_published_pairs(network, classes, rules, footpaths, published))
    return found


def _product(
    members: Int64, ptr: Int64, left: NDArray[np.integer], right: NDArray[np.integer]
) -> tuple[Int64, Int64, Int64]:
    """Return all (member of left[k], member of right[k], k)."""
    n_left, n_right = ptr[left + 1] - ptr[left], ptr[right + 1] - ptr[right]
    k, within = spread(n_left * n_right)
    a = members[ptr[left][k] + within // np.maximum(n_right[k], 1)]
    b = members[ptr[right][k] + within % np.maximum(n_right[k], 1)]
    return a, b, k


def _default_minimum(
    stations: Stations, classes: Classes, rules: TransferRules, a: Int64, b: Int64
) -> Int32:
    """Return the stated default between two classes [s]: by vehicle, else by station size."""
    size = np.where(
        stations.segment > 0,
        stations.segment,
        np.where(
            stations.departures >= rules.large_from,
            1,
            np.where(stations.departures >= rules.medium_from, 2, 3),
        ),
    )
    by_size = np.array([0, rules.large, rules.medium, rules.small], dtype=np.int32)[size]
    one, other = classes.vehicle[a], classes.vehicle[b]
    # Between two stations (or halls published as two) what the larger one asks.
    minimum = np.maximum(by_size[classes.station[a]], by_size[classes.station[b]])
    minimum = np.where((one == METRO) & (other == METRO), rules.metro, minimum)
    minimum = np.where((one == COACH) != (other == COACH), rules.coach, minimum)
    minimum = np.where((one == SHUTTLE) | (other == SHUTTLE), rules.shuttle, minimum)
    return minimum.astype(np.int32)


def _published_pairs(
    network: Network,
    classes: Classes,
    rules: TransferRules,
    footpaths: Footpaths,
    published: PublishedTransfers,
) -> Pairs:
    """Expand each rule to the pairs of classes it covers."""
    from_members, from_ptr = _covered(classes, published, "from")
    to_members, to_ptr = _covered(classes, published, "to")
    n_left, n_right = np.diff(from_ptr), np.diff(to_ptr)
    rule, within = spread(n_left * n_right)
    a = from_members[from_ptr[rule] + within // np.maximum(n_right[rule], 1)]
    b = to_members[to_ptr[rule] + within % np.maximum(n_right[rule], 1)]

    # A line beside its own trip says nothing more.
    from_route = (published.from_route >= 0) & (published.from_trip < 0)
    to_route = (published.to_route >= 0) & (published.to_trip < 0)
    routes_named = from_route.astype(np.int32) + to_route
    trips_named = (published.from_trip >= 0).astype(np.int32) + (published.to_trip >= 0)
    # trip-trip 6 > trip-route 5 > trip 4 > route-route 3 > route 2 > stops 1
    level = np.select(
        [
            trips_named == 2,
            (trips_named == 1) & (routes_named == 1),
            trips_named == 1,
            routes_named == 2,
            routes_named == 1,
        ],
        [6, 5, 4, 3, 2],
        1,
    )
    stops_named = (published.from_stop >= 0).astype(np.int32) + (published.to_stop >= 0)
    score = (level * 3 + stops_named).astype(np.int32)
    minimum, walk = asked(network, classes, rules, footpaths, published, rule, a, b)
    return Pairs(a, b, minimum, walk, score[rule], rule.astype(np.int32))


def asked(
    network: Network,
    classes: Classes,
    rules: TransferRules,
    footpaths: Footpaths,
    published: PublishedTransfers,
    rule: Int64,
    a: Int64,
    b: Int64,
) -> tuple[Int32, Int32]:
    """Return what published rules ask between classes, and the walk [s]; NO_CHANGE forbids.

    A published time is the whole change, but none may end after the doors have closed.
    """
    walk = _walk_between(footpaths, rules, network.stations, classes.station[a], classes.station[b])
    default = _default_minimum(network.stations, classes, rules, a, b)
    kind, given = published.type[rule], published.minimum[rule]
    minimum = np.select(
        [kind == 3, kind == 1, (kind == 2) & (given >= 0)],
        [int(NO_CHANGE), 0, np.maximum(given, classes.closing[b])],
        np.maximum(default, walk + classes.closing[b]),
    )
    return minimum.astype(np.int32), walk


def _covered(classes: Classes, published: PublishedTransfers, side: str) -> tuple[Int64, Int64]:
    """Return CSR rule -> classes on one side of it."""
    stop, station = getattr(published, f"{side}_stop"), getattr(published, f"{side}_station")
    route, trip = getattr(published, f"{side}_route"), getattr(published, f"{side}_trip")
    n_rules = len(stop)
    counts = np.zeros(n_rules, dtype=np.int64)
    parts: list[tuple[Int64, Int64]] = []  # (rule, class)
    for named, own in ((stop, classes.stop), (station, classes.station)):
        here = named >= 0 if named is stop else (stop < 0) & (station >= 0)
        for chosen, of_class, rows in (
            (here & (trip >= 0), classes.trip, trip),
            (here & (trip < 0) & (route >= 0), classes.route, route),
            (here & (trip < 0) & (route < 0), None, None),
        ):
            which = np.flatnonzero(chosen)
            if len(which) == 0:
                continue
            if of_class is None or rows is None:
                class_key, rule_key = own.astype(np.int64), named[which].astype(np.int64)
            else:
                width = int(max(of_class.max(initial=0), rows.max(initial=0))) + 2
                class_key = own.astype(np.int64) * width + of_class + 1
                rule_key = named[which].astype(np.int64) * width + rows[which] + 1
            order = np.argsort(class_key, kind="stable")
            low = np.searchsorted(class_key[order], rule_key, side="left")
            high = np.searchsorted(class_key[order], rule_key, side="right")
            k, within = spread(high - low)
            parts.append((which[k], order[low[k] + within]))
            counts[which] = high - low
    ptr = np.zeros(n_rules + 1, dtype=np.int64)
    np.cumsum(counts, out=ptr[1:])
    if not parts:
        return np.zeros(0, dtype=np.int64), ptr
    rule = np.concatenate([part[0] for part in parts])
    member = np.concatenate([part[1] for part in parts])
    return member[np.argsort(rule, kind="stable")], ptr


def _walk_between(
    footpaths: Footpaths,
    rules: TransferRules,
    stations: Stations,
    a: Int32,
    b: Int32,
) -> Int32:
    """Return the time on foot between two stations [s]: the footpath's, else by distance."""
    walk = np.zeros(len(a), dtype=np.int32)
    apart = np.flatnonzero(a != b)
    if len(apart) == 0:
        return walk
    n = len(stations.lat)
    key = footpaths.from_station.astype(np.int64) * n + footpaths.to_station
    order = np.argsort(key)
    wanted = a[apart].astype(np.int64) * n + b[apart]
    at = np.minimum(np.searchsorted(key[order], wanted), max(len(key) - 1, 0))
    known = key[order][at] == wanted if len(key) else np.zeros(len(apart), dtype=bool)
    metres = distance_m(
        stations.lat[a[apart]],
        stations.lon[a[apart]],
        stations.lat[b[apart]],
        stations.lon[b[apart]],
    )
    seconds = np.ceil(np.nan_to_num(metres) * rules.detour / rules.walking_speed_m_s)
    if len(key):
        seconds = np.where(known, footpaths.duration[order][at], seconds)
    walk[apart] = seconds
    return walk


def most_specific(found: list[Pairs], network: Network, published: PublishedTransfers) -> Pairs:
    """Keep the most specific rule of each pair; refuse two that contradict each other."""
    pairs = Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    n = int(max(pairs.arrive.max(initial=0), pairs.depart.max(initial=0))) + 1
    key = pairs.arrive * n + pairs.depart
    order = np.lexsort((pairs.minimum, -pairs.score, key))
    key, score, minimum = key[order], pairs.score[order], pairs.minimum[order]
    again = np.r_[False, key[1:] == key[:-1]]
    first = np.flatnonzero(~again)[np.cumsum(~again) - 1]  # of the pair: its most specific
    clash = np.flatnonzero((score > 0) & (score == score[first]) & (minimum != minimum[first]))
    if len(clash):
        refuse_contradiction(
            network,
            published,
            int(pairs.rule[order[first[clash[0]]]]),
            int(pairs.rule[order[clash[0]]]),
        )
    kept = order[~again]
    return Pairs(*(column[kept] for column in pairs))


def refuse_contradiction(
    network: Network, published: PublishedTransfers, one: int, two: int
) -> NoReturn:
    """Raise InvalidFeed over two equally specific rules that differ (G-25)."""
    named = max(int(published.from_stop[one]), 0)
    raise InvalidFeed(
        f"transfers.txt: two rules from stop {network.stops.id[named]!r} are equally specific and "
        f"contradict each other: type {published.type[one]} with {published.minimum[one]} s and "
        f"type {published.type[two]} with {published.minimum[two]} s (-1: none given); keep one"
    )
