"""Boarding and arrival groups: every rule about changing trains as one table of minima.

A wait chain forgets how one arrived, so it is exact only among departures that every rule
treats alike. Classes of calls (`minima`) which no rule tells apart become one group; on the
French feeds the groups are nearly the stop points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobiplan.timetable.arrays import (
    Bool,
    Exceptions,
    Footpaths,
    Groups,
    Int8,
    Int32,
    Int64,
    PublishedTransfers,
    joined,
    rows_of,
)
from mobiplan.timetable.minima import (
    NO_CHANGE,
    Classes,
    Network,
    Pairs,
    candidates,
    make_classes,
    most_specific,
)
from mobiplan.timetable.privileges import same_vehicle, trip_to_trip
from mobiplan.timetable.rules import TransferRules


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
    general = rows_of(published, ~between_trips)
    privileged = rows_of(published, between_trips & (published.type != 5))

    classes = make_classes(network, rules, general)
    pairs = most_specific(candidates(network, classes, footpaths, rules, general), network, general)
    exceptions, restricted = trip_to_trip(network, classes, pairs, footpaths, rules, privileged)
    if restricted.any():  # rare: a rule between two trips that asks for more than their classes
        general = joined(general, rows_of(privileged, restricted))
        classes = make_classes(network, rules, general)
        pairs = most_specific(
            candidates(network, classes, footpaths, rules, general), network, general
        )
    replaced = rows_of(published, between_trips & np.isin(published.type, (4, 5)))
    exceptions = joined(exceptions, same_vehicle(network, replaced))
    return _merge(network, classes, pairs, general), exceptions


def _merge(
    network: Network, classes: Classes, pairs: Pairs, published: PublishedTransfers
) -> Groups:
    """Make one group of the classes of a stop that no minimum tells apart."""
    allowed = pairs.minimum != NO_CHANGE
    a, b = pairs.arrive[allowed], pairs.depart[allowed]
    minimum, walk = pairs.minimum[allowed], pairs.walk[allowed]
    guaranteed = np.zeros(len(a), dtype=np.int8)
    ruled = pairs.rule[allowed] >= 0
    guaranteed[ruled] = published.type[pairs.rule[allowed][ruled]] == 1
    said = np.stack([minimum, walk, guaranteed]).astype(np.uint64)
    n_classes = len(classes.stop)

    popularity = np.bincount(classes.of_call, minlength=n_classes)
    row = _fingerprint(n_classes, a, b, said)
    arrival_of, arrival_class = _unique(classes.stop.astype(np.int64), row, popularity)
    column = _fingerprint(n_classes, b, arrival_of[a], said, once=True)
    boarding_key = classes.stop.astype(np.int64) * (1 << 20) + classes.closing
    boarding_of, boarding_class = _unique(boarding_key, column, popularity)

    n_arrival, n_boarding = len(arrival_class), len(boarding_class)
    key = arrival_of[a].astype(np.int64) * n_boarding + boarding_of[b]
    _, kept = np.unique(key, return_index=True)
    source, target = arrival_of[a][kept], boarding_of[b][kept].astype(np.int32)
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
        *_both_ways(
            source, target, minimum[kept], walk[kept], guaranteed[kept], n_arrival, n_boarding
        ),
    )


def with_pairs(groups: Groups, kept: Bool, minimum: Int32, walk: Int32) -> Groups:
    """Return the groups with other minima and walks [s], and some of the pairs only.

    All are (n_pairs,) arrays; what no rule tells apart is still treated alike if it gets alike.
    """
    n_arrival, n_boarding = len(groups.arrival_stop), len(groups.boarding_stop)
    source = groups.pair_from[kept]
    target, guaranteed = groups.pair_to[kept], groups.pair_guaranteed[kept]
    pairs = _both_ways(source, target, minimum[kept], walk[kept], guaranteed, n_arrival, n_boarding)
    columns: dict[str, Any] = dict(zip(Groups._fields[-len(pairs) :], pairs, strict=True))
    return groups._replace(**columns)


def _both_ways(
    source: Int64,
    target: Int32,
    minimum: Int32,
    walk: Int32,
    guaranteed: Int8,
    n_arrival: int,
    n_boarding: int,
) -> tuple[Int32, Int32, Int32, Int32, Int8, Int32, Int32, Int32]:
    """Return the columns of `Groups` about pairs, which are sorted by source, then target."""
    back = np.lexsort((source, target))
    return (
        _pointers(source, n_arrival + 1),
        target,
        minimum,
        walk,
        guaranteed,
        np.stack([target, minimum], axis=1).ravel(),
        _pointers(target[back], n_boarding + 1),
        np.stack([source[back], minimum[back]], axis=1).ravel().astype(np.int32),
    )


def _pointers(sorted_rows: NDArray[np.integer], n: int) -> Int32:
    return np.searchsorted(sorted_rows, np.arange(n + 1)).astype(np.int32)


def _unique(key: Int64, fingerprint: NDArray[np.uint64], popularity: Int64) -> tuple[Int64, Int64]:
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
    n: int, own: Int64, other: Int64, said: NDArray[np.uint64], *, once: bool = False
) -> NDArray[np.uint64]:
    """Hash each row's set of (other, what is said of the pair); equal sets have equal sums.

    With 64 bits a collision among 100,000 rows has a chance of 3e-10.
    """
    minimum, walk, guaranteed = said
    value = (other.astype(np.uint64) << np.uint64(40)) ^ (guaranteed << np.uint64(39))
    value ^= (walk << np.uint64(20)) ^ minimum
    if once:  # several classes of one arrival group say the same thing: count it once
        mixed_key = np.lexsort((value, own))
        o, v = own[mixed_key], value[mixed_key]
        keep = mixed_key[np.r_[True, (o[1:] != o[:-1]) | (v[1:] != v[:-1])][: len(o)]]
        own, value = own[keep], value[keep]
    value += np.uint64(0x9E3779B97F4A7C15)  # (0, 0 s) would hash to 0: no pair at all
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # splitmix64
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(31)
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, own, value)
    return total


def _usable(published: PublishedTransfers) -> PublishedTransfers:
    """Drop rules that say nothing about where: types 0 to 3 need both places."""
    has_from = (published.from_stop >= 0) | (published.from_station >= 0)
    has_to = (published.to_stop >= 0) | (published.to_station >= 0)
    between = (published.from_trip >= 0) & (published.to_trip >= 0)
    return rows_of(published, (has_from & has_to) | ((published.type >= 4) & between))


def _no_rules(published: PublishedTransfers) -> PublishedTransfers:
    return rows_of(published, np.zeros(len(published.type), dtype=bool))
