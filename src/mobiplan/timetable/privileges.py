"""Privileges of two trips: in-seat, guaranteed and trip-to-trip changes, as exceptional arcs.

A rule between two trips that asks for *less* than the minimum of their classes becomes an arc
from one call to the other; one that asks for more is left to `minima`, which then gives the
trips classes of their own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mobiplan.times import DAY_S
from mobiplan.timetable.arrays import (
    Bool,
    Exceptions,
    Footpaths,
    Int32,
    Int64,
    PublishedTransfers,
    UInt8,
    spread,
)
from mobiplan.timetable.minima import (
    NO_CHANGE,
    Classes,
    Network,
    Pairs,
    asked,
    refuse_contradiction,
)
from mobiplan.timetable.rules import TransferRules


def trip_to_trip(
    network: Network,
    classes: Classes,
    pairs: Pairs,
    footpaths: Footpaths,
    rules: TransferRules,
    published: PublishedTransfers,
) -> tuple[Exceptions, Bool]:
    """Turn rules between two trips into arcs; return also which ask for *more* than usual.

    Raises
    ------
    InvalidFeed
        If two rules for the same change contradict each other.
    """
    calls, trips = network.calls, network.trips
    if len(published.type) == 0:
        return _no_exceptions(network), np.zeros(0, dtype=bool)
    from_call = _call_of(network, published.from_trip, published, "from", last=True)
    to_call = _call_of(network, published.to_trip, published, "to", last=False)
    found = (from_call >= 0) & (to_call >= 0)
    a = classes.of_call[from_call].astype(np.int64)
    b = classes.of_call[to_call].astype(np.int64)
    n = len(classes.stop)
    key, wanted = pairs.arrive * n + pairs.depart, a * n + b  # `pairs` are sorted by key
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    usual = np.where(key[at] == wanted, pairs.minimum[at], NO_CHANGE)
    in_seat = published.type == 4
    needed, _ = asked(network, classes, rules, footpaths, published, np.arange(len(a)), a, b)
    needed = np.where(in_seat, 0, needed)
    _refuse_contradictions(network, published, found & ~in_seat, from_call, to_call, needed)

    forbidden = needed == NO_CHANGE
    more = found & (usual != NO_CHANGE) & (forbidden | (needed > usual))
    less = found & ~forbidden & ((usual == NO_CHANGE) | (needed < usual) | in_seat)
    # A privilege opens no door: only who stays seated passes where nobody may alight or board.
    open_doors = (calls.drop_off[from_call] != 1) & (calls.pickup[to_call] != 1)
    rows = np.flatnonzero(less & (in_seat | open_doors))
    one, two, seated, needed = from_call[rows], to_call[rows], in_seat[rows], needed[rows]
    ready = np.where(seated, calls.departure[one - 1], calls.arrival[one] + needed)
    shift = np.where(calls.departure[two] >= ready, 0, 1)
    runs = network.active[trips.service[published.from_trip[rows]]]
    follows = network.active[trips.service[published.to_trip[rows]]]
    next_day = np.zeros_like(follows)
    next_day[:, :-1] = follows[:, 1:]
    both = runs & np.where(shift[:, None] == 0, follows, next_day)
    kept = (calls.departure[two] + shift * DAY_S >= ready) & both.any(axis=1)
    return Exceptions(
        one[kept].astype(np.int32),
        two[kept].astype(np.int32),
        needed[kept].astype(np.int32),
        shift[kept].astype(np.int8),
        (~seated[kept]).astype(np.int8),
        (published.type[rows][kept] == 1).astype(np.int8),
        both[kept],
    ), more


def _refuse_contradictions(
    network: Network,
    published: PublishedTransfers,
    stated: Bool,
    from_call: Int64,
    to_call: Int64,
    needed: NDArray[np.integer],
) -> None:
    rows = np.flatnonzero(stated)
    stops = (published.from_stop >= 0).astype(np.int64) + (published.to_stop >= 0)
    change = np.stack([from_call, to_call, stops])[:, rows]
    order = np.lexsort((needed[rows], *change))
    same = (change[:, order][:, 1:] == change[:, order][:, :-1]).all(axis=0)
    differ = np.flatnonzero(same & (np.diff(needed[rows][order]) != 0))
    if len(differ):
        one, two = (int(rows[order[differ[0] + k]]) for k in (0, 1))
        refuse_contradiction(network, published, one, two)


def _call_of(
    network: Network, trip: Int32, published: PublishedTransfers, side: str, *, last: bool
) -> Int64:
    """Return the call of each trip at the rule's stop (its last or first such call), else -1."""
    calls, ptr = network.calls, network.trips.call_ptr
    stop, station = getattr(published, f"{side}_stop"), getattr(published, f"{side}_station")
    size = ptr[trip + 1] - ptr[trip]
    k, within = spread(size)
    call = ptr[trip][k] + within
    at_stop = calls.stop[call]
    fits = np.where(stop[k] >= 0, at_stop == stop[k], network.stops.station[at_stop] == station[k])
    fits |= (stop[k] < 0) & (station[k] < 0)  # no stop given: the trip's end or beginning
    fits &= within > 0 if last else within < size[k] - 1
    result = np.full(len(trip), -1, dtype=np.int64)
    chosen = np.flatnonzero(fits)
    if not last:
        chosen = chosen[::-1]
    result[k[chosen]] = call[chosen]
    return result


def same_vehicle(network: Network, replaced: PublishedTransfers) -> Exceptions:
    """In-seat arcs between trips that one vehicle runs one after the other (block_id).

    Only on service days on which both run and no other trip of the block lies between them
    (G-33). A published rule of type 4 or 5 between the two trips comes before the block.
    """
    trips, calls, active = network.trips, network.calls, network.active
    in_block = np.flatnonzero(trips.block >= 0)
    order = in_block[np.argsort(trips.block[in_block], kind="stable")]
    bounds = np.flatnonzero(np.diff(trips.block[order])) + 1
    shared = [members for members in np.split(order, bounds) if len(members) > 1]
    # A published rule comes before the block: type 4 says how a trip goes on (or begins),
    # type 5 that between these two one has to alight.
    seated = replaced.type == 4
    goes_on, begun = set(replaced.from_trip[seated]), set(replaced.to_trip[seated])
    parted = set(zip(replaced.from_trip.tolist(), replaced.to_trip.tolist(), strict=True))
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
                told = one in goes_on or two in begun or (int(one), int(two)) in parted
                if meets and holds.any() and not told:
                    found.append((int(end), int(start), holds))
                free &= ~active[trips.service[two]] & 1
                if not free.any():
                    break
    n = len(found)
    return Exceptions(
        np.array([f[0] for f in found], dtype=np.int32),
        np.array([f[1] for f in found], dtype=np.int32),
        np.zeros(n, dtype=np.int32),
        np.zeros(n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
        np.array([f[2] for f in found], dtype=np.uint8).reshape(n, active.shape[1]),
    )


def _no_exceptions(network: Network) -> Exceptions:
    empty = np.zeros(0, dtype=np.int32)
    flags = np.zeros(0, dtype=np.int8)
    active = np.zeros((0, network.active.shape[1]), dtype=np.uint8)
    return Exceptions(empty, empty, empty, flags, flags, flags, active)
