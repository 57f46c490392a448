"""Boarding and arrival groups: every rule about changing trains as one table of minima.

A wait chain forgets how one arrived, so it is exact only among departures that every rule
treats alike. Calls are first put into *classes* (stop point, closing of doors, kind of
vehicle and, only where a published rule mentions them, line and trip); each pair of classes
gets the most specific rule that fits; then classes which no rule tells apart become one
group. On the French feeds the groups are nearly the stop points.

Specificity follows the GTFS reference, transfers.txt: trip to trip, trip to route, trip,
route to route, route, stops; a rule on a stop point comes before one on its station.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidFeed
from mobiplan.timetable.arrays import (
    Calls,
    Exceptions,
    Footpaths,
    Groups,
    Int8,
    Int32,
    Int64,
    PublishedTransfers,
    Stations,
    Stops,
    Trips,
    UInt8,
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


class _Classes(NamedTuple):
    """Calls alike in all that a rule can mention; -1 = mentioned by none."""

    of_call: Int32  # (n_calls,)
    stop: Int32
    station: Int32
    closing: Int32  # s
    vehicle: Int8  # RAIL, COACH, SHUTTLE, METRO
    route: Int32
    trip: Int32


class _Pairs(NamedTuple):
    """Candidate rules for (arriving class, departing class)."""

    arrive: Int64
    depart: Int64
    minimum: Int32  # s, NO_CHANGE = forbidden
    walk: Int32  # s
    score: Int32  # the higher the more specific
    rule: Int32  # row in the published table, -1 = default


def make_groups(
    network: Network, footpaths: Footpaths, rules: TransferRules
) -> tuple[Groups, Exceptions]:
    """Return the groups and the exceptional arcs of a network under `rules`.

    Raises
    ------
    InvalidFeed
        If two equally specific published rules contradict each other (G-25).
    """
    published = _usable(network.published) if rules.published else _no_rules(network.published)
    between_trips = (published.from_trip >= 0) & (published.to_trip >= 0)
    general = _rows(published, ~between_trips)
    privileged = _rows(published, between_trips & (published.type != 5))

    classes = _classes(network, rules, general)
    pairs = _best(_candidates(network, classes, footpaths, rules, general), network, general)
    exceptions, restricted = _trip_to_trip(network, classes, pairs, privileged)
    if restricted.any():  # rare: a rule between two trips that asks for more than their classes
        general = _append(general, _rows(privileged, restricted))
        classes = _classes(network, rules, general)
        pairs = _best(_candidates(network, classes, footpaths, rules, general), network, general)
    replaced = _rows(published, between_trips & np.isin(published.type, (4, 5)))
    exceptions = _join(exceptions, _same_vehicle(network, replaced))
    return _merge(network, classes, pairs), exceptions


def required_s(minimum: int, walk: int, closing: int) -> int:
    """Return the seconds a change needs from arrival to departure.

    A minimum counts to the departure; a walk ends when the doors close.

    >>> required_s(minimum=300, walk=0, closing=120), required_s(300, 600, 120)
    (300, 720)
    """
    return max(minimum, walk + closing)


# ------------------------------------------------------------------ classes


def _classes(network: Network, rules: TransferRules, published: PublishedTransfers) -> _Classes:
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
    return _Classes(
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
    return np.where(stop >= 0, network.stops.station[stop], station).astype(np.int32)


# ------------------------------------------------------------------ pairs and rules


def _candidates(
    network: Network,
    classes: _Classes,
    footpaths: Footpaths,
    rules: TransferRules,
    published: PublishedTransfers,
) -> list[_Pairs]:
    """Default pairs within stations and along footpaths, and whatever a rule names."""
    by_station = np.argsort(classes.station, kind="stable")
    n_stations = len(network.stations.lat)
    ptr = np.searchsorted(classes.station[by_station], np.arange(n_stations + 1))
    everywhere = np.arange(n_stations)

    a, b, _ = _product(by_station, ptr, everywhere, everywhere)
    within = _default_minimum(network.stations, classes, rules, a, b)
    zero = np.zeros(len(a), dtype=np.int32)
    found = [_Pairs(a, b, np.maximum(within, classes.closing[b]), zero, zero - 2, zero - 1)]

    a, b, path = _product(by_station, ptr, footpaths.from_station, footpaths.to_station)
    walk = footpaths.duration[path]
    minimum = np.maximum(
        _default_minimum(network.stations, classes, rules, a, b), walk + classes.closing[b]
    )
    zero = np.zeros(len(a), dtype=np.int32)
    found.append(_Pairs(a, b, minimum.astype(np.int32), walk, zero - 1, zero - 1))

    if len(published.type):
        found.append(_published_pairs(network, classes, rules, footpaths, published))
    return found


def _product(
    members: Int64, ptr: Int64, left: NDArray[np.integer], right: NDArray[np.integer]
) -> tuple[Int64, Int64, Int64]:
    """Return all (member of left[k], member of right[k], k)."""
    n_left, n_right = ptr[left + 1] - ptr[left], ptr[right + 1] - ptr[right]
    size = n_left * n_right
    k = np.repeat(np.arange(len(size)), size)
    within = np.arange(len(k)) - np.repeat(np.cumsum(size) - size, size)
    a = members[ptr[left][k] + within // np.maximum(n_right[k], 1)]
    b = members[ptr[right][k] + within % np.maximum(n_right[k], 1)]
    return a, b, k


def _default_minimum(
    stations: Stations, classes: _Classes, rules: TransferRules, a: Int64, b: Int64
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
    minimum = by_size[classes.station[b]]
    minimum = np.where((one == METRO) & (other == METRO), rules.metro, minimum)
    minimum = np.where((one == COACH) != (other == COACH), rules.coach, minimum)
    minimum = np.where((one == SHUTTLE) | (other == SHUTTLE), rules.shuttle, minimum)
    return minimum.astype(np.int32)


def _published_pairs(
    network: Network,
    classes: _Classes,
    rules: TransferRules,
    footpaths: Footpaths,
    published: PublishedTransfers,
) -> _Pairs:
    """Expand each rule to the pairs of classes it covers."""
    from_members, from_ptr = _covered(classes, published, "from")
    to_members, to_ptr = _covered(classes, published, "to")
    left = np.arange(len(published.type))
    n_left, n_right = np.diff(from_ptr), np.diff(to_ptr)
    size = n_left * n_right
    rule = np.repeat(left, size)
    within = np.arange(len(rule)) - np.repeat(np.cumsum(size) - size, size)
    a = from_members[from_ptr[rule] + within // np.maximum(n_right[rule], 1)]
    b = to_members[to_ptr[rule] + within % np.maximum(n_right[rule], 1)]

    trips_named = (published.from_trip >= 0).astype(np.int32) + (published.to_trip >= 0)
    routes_named = (published.from_route >= 0).astype(np.int32) + (published.to_route >= 0)
    # trip-trip 6 > trip-route 5 > trip 4 > route-route 3 > route 2 > stops 1
    level = np.select(
        [
            trips_named == 2,
            (trips_named == 1) & (routes_named >= 1),
            trips_named == 1,
            routes_named == 2,
            routes_named == 1,
        ],
        [6, 5, 4, 3, 2],
        1,
    )
    stops_named = (published.from_stop >= 0).astype(np.int32) + (published.to_stop >= 0)
    score = (level * 3 + stops_named).astype(np.int32)

    walk = _walk_between(footpaths, rules, network.stations, classes.station[a], classes.station[b])
    default = np.maximum(
        _default_minimum(network.stations, classes, rules, a, b), walk + classes.closing[b]
    )
    kind = published.type[rule]
    given = published.minimum[rule]
    # A published time is the whole change; none may end after the doors have closed.
    stated = np.maximum(given, classes.closing[b])
    minimum = np.select(
        [kind == 3, kind == 1, (kind == 2) & (given >= 0)], [int(NO_CHANGE), 0, stated], default
    )
    return _Pairs(a, b, minimum.astype(np.int32), walk, score[rule], rule.astype(np.int32))


def _covered(
    classes: _Classes, published: PublishedTransfers, side: str
) -> tuple[Int64, Int64]:
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
            size = high - low
            k = np.repeat(np.arange(len(which)), size)
            within = np.arange(len(k)) - np.repeat(np.cumsum(size) - size, size)
            parts.append((which[k], order[low[k] + within]))
            counts[which] = size
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
        stations.lat[a[apart]], stations.lon[a[apart]], stations.lat[b[apart]], stations.lon[b[apart]]
    )
    seconds = np.ceil(np.nan_to_num(metres) * rules.detour / rules.walking_speed_m_s)
    if len(key):
        seconds = np.where(known, footpaths.duration[order][at], seconds)
    walk[apart] = seconds
    return walk


def _best(found: list[_Pairs], network: Network, published: PublishedTransfers) -> _Pairs:
    """Keep the most specific rule of each pair; refuse two that contradict each other."""
    pairs = _Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
    n = int(max(pairs.arrive.max(initial=0), pairs.depart.max(initial=0))) + 1
    key = pairs.arrive * n + pairs.depart
    order = np.lexsort((pairs.minimum, -pairs.score, key))
    key, score, minimum = key[order], pairs.score[order], pairs.minimum[order]
    again = np.r_[False, key[1:] == key[:-1]]
    tie = np.r_[False, again[1:] & ~again[:-1]] & np.r_[False, score[1:] == score[:-1]]
    clash = np.flatnonzero(tie & np.r_[False, minimum[1:] != minimum[:-1]] & (score > 0))
    if len(clash):
        one, two = (int(pairs.rule[order[clash[0] - k]]) for k in (0, 1))
        stop = network.stops.id[int(max(published.from_stop[one], 0))]
        raise InvalidFeed(
            f"transfers.txt: rules {sorted((one + 1, two + 1))} (of {len(published.type)}, as "
            f"loaded) from stop {stop!r} are equally specific and contradict each other "
            f"({published.minimum[one]} s and {published.minimum[two]} s, types "
            f"{published.type[one]} and {published.type[two]}): keep one of them"
        )
    kept = order[~again]
    return _Pairs(*(column[kept] for column in pairs))


# ------------------------------------------------------------------ groups


def _merge(network: Network, classes: _Classes, pairs: _Pairs) -> Groups:
    """Make one group of the classes of a stop that no minimum tells apart."""
    allowed = pairs.minimum != NO_CHANGE
    a, b = pairs.arrive[allowed], pairs.depart[allowed]
    minimum, walk = pairs.minimum[allowed], pairs.walk[allowed]
    n_classes = len(classes.stop)

    popularity = np.bincount(classes.of_call, minlength=n_classes)
    row = _fingerprint(n_classes, a, b, minimum, walk)
    arrival_of, arrival_class = _unique(classes.stop.astype(np.int64), row, popularity)
    column = _fingerprint(n_classes, b, arrival_of[a].astype(np.int64), minimum, walk, once=True)
    boarding_key = classes.stop.astype(np.int64) * (1 << 20) + classes.closing
    boarding_of, boarding_class = _unique(boarding_key, column, popularity)

    n_arrival, n_boarding = len(arrival_class), len(boarding_class)
    key = arrival_of[a].astype(np.int64) * n_boarding + boarding_of[b]
    _, kept = np.unique(key, return_index=True)
    source, target = arrival_of[a][kept], boarding_of[b][kept].astype(np.int32)
    minimum, walk = minimum[kept], walk[kept]
    back = np.lexsort((source, target))
    board = boarding_of[classes.of_call].astype(np.int32)
    alight = arrival_of[classes.of_call].astype(np.int32)
    calls = network.calls
    return Groups(
        np.where(calls.pickup == 1, n_boarding, board).astype(np.int32),
        np.where(calls.drop_off == 1, n_arrival, alight).astype(np.int32),
        classes.stop[boarding_class],
        classes.station[boarding_class],
        classes.closing[boarding_class],
        classes.stop[arrival_class],
        classes.station[arrival_class],
        _pointers(source, n_arrival + 1),
        target,
        minimum,
        walk,
        np.stack([target, minimum], axis=1).ravel(),
        _pointers(target[back], n_boarding + 1),
        source[back].astype(np.int32),
        minimum[back],
    )


def _pointers(sorted_rows: NDArray[np.integer], n: int) -> Int32:
    return np.searchsorted(sorted_rows, np.arange(n + 1)).astype(np.int32)


def _unique(
    key: Int64, fingerprint: NDArray[np.uint64], popularity: Int64
) -> tuple[Int64, Int64]:
    """Number the distinct (key, fingerprint), most popular first: (number of each, example)."""
    order = np.lexsort((fingerprint, key))
    new = np.r_[
        True,
        (key[order][1:] != key[order][:-1]) | (fingerprint[order][1:] != fingerprint[order][:-1]),
    ][: len(key)]
    found = np.cumsum(new) - 1
    # Ties go by the first class, so that numbers do not depend on the hash.
    first = np.minimum.reduceat(order, np.flatnonzero(new)) if len(key) else order
    total = np.bincount(found, weights=popularity[order], minlength=len(first))
    ranked = np.lexsort((first, -total))
    rank = np.empty(len(first), dtype=np.int64)
    rank[ranked] = np.arange(len(first))
    number = np.empty(len(key), dtype=np.int64)
    number[order] = rank[found]
    return number, first[ranked]


def _fingerprint(
    n: int, own: Int64, other: Int64, minimum: Int32, walk: Int32, *, once: bool = False
) -> NDArray[np.uint64]:
    """Hash each row's set of (other, minimum, walk); equal sets have equal sums.

    With 64 bits a collision among 100,000 rows has a chance of 3e-10.
    """
    value = (other.astype(np.uint64) << np.uint64(32)) ^ minimum.astype(np.uint64)
    value ^= walk.astype(np.uint64) << np.uint64(18)
    if once:  # several classes of one arrival group say the same thing: count it once
        mixed_key = np.lexsort((value, own))
        o, v = own[mixed_key], value[mixed_key]
        keep = mixed_key[np.r_[True, (o[1:] != o[:-1]) | (v[1:] != v[:-1])][: len(o)]]
        own, value = own[keep], value[keep]
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # splitmix64
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(31)
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, own, value)
    return total


# ------------------------------------------------------------------ exceptional arcs


def _trip_to_trip(
    network: Network, classes: _Classes, pairs: _Pairs, published: PublishedTransfers
) -> tuple[Exceptions, NDArray[np.bool_]]:
    """Turn rules between two trips into arcs; return also which ask for *more* than usual."""
    calls, trips = network.calls, network.trips
    none = np.zeros(len(published.type), dtype=bool)
    if len(published.type) == 0:
        return _no_exceptions(network), none
    from_call = _call_of(network, published.from_trip, published, "from", last=True)
    to_call = _call_of(network, published.to_trip, published, "to", last=False)
    found = (from_call >= 0) & (to_call >= 0)
    n = len(classes.stop)
    key = pairs.arrive * n + pairs.depart  # sorted by _best
    wanted = classes.of_call[from_call].astype(np.int64) * n + classes.of_call[to_call]
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    usual = np.where(key[at] == wanted, pairs.minimum[at], NO_CHANGE)

    asked = np.select(
        [published.type == 4, published.type == 1, (published.type == 2) & (published.minimum >= 0)],
        [0, 0, published.minimum],
        np.where(usual == NO_CHANGE, 0, usual),
    )
    more = found & ((published.type == 3) | ((usual != NO_CHANGE) & (asked > usual)))
    less = found & ~more & ((usual == NO_CHANGE) | (asked < usual) | (published.type == 4))
    rows = np.flatnonzero(less & (published.type != 3))
    one, two = from_call[rows], to_call[rows]
    arrival, departure = calls.arrival[one], calls.departure[two]
    in_seat = published.type[rows] == 4
    ready = np.where(in_seat, calls.departure[np.maximum(one - 1, 0)], arrival + asked[rows])
    shift = np.where(departure >= ready, 0, 1)
    in_time = departure + shift * 86_400 >= ready
    runs = network.active[trips.service[published.from_trip[rows]]]
    follows = network.active[trips.service[published.to_trip[rows]]]
    later = np.zeros_like(follows)
    later[:, :-1] = follows[:, 1:]
    both = runs & np.where(shift[:, None] == 0, follows, later)
    kept = in_time & both.any(axis=1)
    return Exceptions(
        one[kept].astype(np.int32),
        two[kept].astype(np.int32),
        shift[kept].astype(np.int8),
        (~in_seat[kept]).astype(np.int8),
        (published.type[rows][kept] == 1).astype(np.int8),
        both[kept],
    ), more


def _call_of(
    network: Network, trip: Int32, published: PublishedTransfers, side: str, *, last: bool
) -> Int64:
    """Return the call of each trip at the rule's stop (its last or first such call), else -1."""
    calls, ptr = network.calls, network.trips.call_ptr
    stop, station = getattr(published, f"{side}_stop"), getattr(published, f"{side}_station")
    size = ptr[trip + 1] - ptr[trip]
    k = np.repeat(np.arange(len(trip)), size)
    call = np.arange(len(k)) - np.repeat(np.cumsum(size) - size, size) + ptr[trip][k]
    at_stop = calls.stop[call]
    fits = np.where(stop[k] >= 0, at_stop == stop[k], network.stops.station[at_stop] == station[k])
    fits |= (stop[k] < 0) & (station[k] < 0)  # no stop given: the trip's end or beginning
    index = call - ptr[trip][k]
    fits &= index > 0 if last else index < size[k] - 1
    result = np.full(len(trip), -1, dtype=np.int64)
    chosen = np.flatnonzero(fits)
    if not last:
        chosen = chosen[::-1]
    result[k[chosen]] = call[chosen]
    return result


def _same_vehicle(network: Network, replaced: PublishedTransfers) -> Exceptions:
    """In-seat arcs between trips that one vehicle runs one after the other (block_id).

    Only on service days on which both run and no other trip of the block lies between them
    (G-33). A published rule of type 4 or 5 between the two trips comes before the block.
    """
    trips, calls, active = network.trips, network.calls, network.active
    in_block = np.flatnonzero(trips.block >= 0)
    order = in_block[np.argsort(trips.block[in_block], kind="stable")]
    bounds = np.flatnonzero(np.diff(trips.block[order])) + 1
    shared = [members for members in np.split(order, bounds) if len(members) > 1]
    known = set(zip(replaced.from_trip.tolist(), replaced.to_trip.tolist(), strict=True))
    first_call, last_call = trips.call_ptr[:-1], trips.call_ptr[1:] - 1
    found: list[tuple[int, int, UInt8]] = []
    for members in shared:
        members = members[np.argsort(calls.departure[first_call[members]], kind="stable")]
        for i, one in enumerate(members):
            free = active[trips.service[one]].copy()
            for two in members[i + 1 :]:
                holds = free & active[trips.service[two]]
                end, start = last_call[one], first_call[two]
                meets = (
                    network.stops.station[calls.stop[end]]
                    == network.stops.station[calls.stop[start]]
                    and calls.departure[start] >= calls.arrival[end]
                )
                if meets and holds.any() and (int(one), int(two)) not in known:
                    found.append((int(end), int(start), holds))
                free &= ~active[trips.service[two]] & 1
                if not free.any():
                    break
    n = len(found)
    return Exceptions(
        np.array([f[0] for f in found], dtype=np.int32),
        np.array([f[1] for f in found], dtype=np.int32),
        np.zeros(n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
        np.array([f[2] for f in found], dtype=np.uint8).reshape(n, active.shape[1]),
    )


def _no_exceptions(network: Network) -> Exceptions:
    empty = np.zeros(0, dtype=np.int32)
    flags = np.zeros(0, dtype=np.int8)
    active = np.zeros((0, network.active.shape[1]), dtype=np.uint8)
    return Exceptions(empty, empty, flags, flags, flags, active)


def _join(one: Exceptions, two: Exceptions) -> Exceptions:
    return Exceptions(*(np.concatenate(columns) for columns in zip(one, two, strict=True)))


# ------------------------------------------------------------------ tables of rules


def _rows(published: PublishedTransfers, mask: NDArray[np.bool_]) -> PublishedTransfers:
    return PublishedTransfers(*(column[mask] for column in published))


def _append(one: PublishedTransfers, two: PublishedTransfers) -> PublishedTransfers:
    return PublishedTransfers(*(np.concatenate(c) for c in zip(one, two, strict=True)))


def _usable(published: PublishedTransfers) -> PublishedTransfers:
    """Drop rules that say nothing about where: types 0 to 3 need both places."""
    has_from = (published.from_stop >= 0) | (published.from_station >= 0)
    has_to = (published.to_stop >= 0) | (published.to_station >= 0)
    between = (published.from_trip >= 0) & (published.to_trip >= 0)
    return _rows(published, (has_from & has_to) | ((published.type >= 4) & between))


def _no_rules(published: PublishedTransfers) -> PublishedTransfers:
    return _rows(published, np.zeros(len(published.type), dtype=bool))
