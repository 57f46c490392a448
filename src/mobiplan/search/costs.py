"""The door to the sweep for the least cost: what it is asked, and what its labels tell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mobiplan.search.cost_sweep import (
    CHANGED,
    HOW,
    ROUNDED,
    SEATED,
    STEPS,
    UNREACHED,
    sweep_costs,
)
from mobiplan.search.earliest import Labels
from mobiplan.search.ends import Ends, Found
from mobiplan.search.features import SLACK, Query
from mobiplan.search.network import FAR, Network, ToCome, least_to_come, least_to_come_each
from mobiplan.search.terms import AMOUNT, Terms
from mobiplan.timetable.arrays import Float64, Int32
from mobiplan.timetable.graph import BOARDING, DEPARTURE, NEVER, Connections

NO_LIMIT = 1e299
BEYOND = 1.25  # times what is to come at the origin: what costs draws more is not told apart
MOST_FACTOR = 4.0  # times what is known, after which there is no limit
SCRATCH_KEPT = 4  # of numbers of rows and layers

Ridden = tuple[tuple[int, int, int], ...]  # the rides of a `Found`


class _Scratch(NamedTuple):
    """What the sweep writes to, for one number of lanes; longer where it has to be."""

    to_come: ToCome
    cost: Float64  # (rows, lanes)
    tie: Int32  # (rows, 2, lanes) order of ties, step that it comes from
    link: Int32  # (rows, 2) the run's next label; the leg to call 0, NEVER: none
    trace: Int32  # (steps, 2, lanes)
    step_at: Int32  # (steps, 1)

    def longer(self) -> _Scratch:
        """Return the same with twice as much room."""
        return _Scratch(self.to_come, *(np.concatenate([part, part]) for part in self[1:]))


def _scratch(n_rows: int, layers: int, network: Network) -> _Scratch:
    lanes, n_ways, n_stations = n_rows * layers, len(network.source), len(network.ptr) - 1
    return _Scratch(
        ToCome(
            *(np.empty((n, n_rows), dtype=np.float32) for n in (n_stations, n_ways, n_stations))
        ),
        np.zeros((256, lanes)),
        np.zeros((256, 2, lanes), dtype=np.int32),
        np.empty((256, 2), dtype=np.int32),
        np.empty((256, 2, lanes), dtype=np.int32),
        np.empty((256, 1), dtype=np.int32),
    )


def search_costs(
    query: Query,
    labels: Labels,
    terms: Terms,
    weights: Float64,
    *,
    transfers: int | None = None,
    known: Sequence[Found] = (),
    narrow: bool = True,
) -> tuple[list[Found | None], int]:
    """Find for each row of weights the journey of least cost within the bounds.

    Parameters
    ----------
    weights : (n_rows, n_weights) float64
        As `mobiplan.search.features.WEIGHTS` tells. The journey of the first row is priced for
        all others before these are looked for: put the one that they lie around first.
    transfers : int, optional
        No journey has more changes.
    known : sequence of Found
        Journeys that show how much one may have to pay: the better, the less has to be looked
        at. They may break a bound; more is looked at then, until the answer is proven.
    narrow : bool
        Look only at what may still be better than what is known: faster, the same answer.

    Returns
    -------
    list of Found or None
        Of journeys alike in cost the one that arrives first, then the one that leaves last, then
        the one with fewest changes. None where nothing leads there in time.
    int
        How many connections were looked at.
    """
    found: list[Found | None] = [None] * len(weights)
    price = [query.amounts(one) for one in known]
    looked_at, order = 0, np.empty(0, dtype=np.int32)
    for first, end in ((0, 1), (1, len(weights))):
        rows, factor = np.arange(first, end), 1.0
        while len(rows):
            most = np.full(len(rows), NO_LIMIT)
            if price and narrow and factor <= MOST_FACTOR:
                most = factor * (weights[rows] @ np.array(price).T).min(axis=1)
            least, more, order = _sweep(
                *(query, labels, terms, weights[rows], transfers, most, order, len(weights) > 1)
            )
            looked_at += more
            for row, one in zip(rows.tolist(), least, strict=True):
                found[row] = one
            missing = [one is None for one in least]
            rows, factor = rows[missing & (most < NO_LIMIT)], 2 * factor
        best = found[0]
        if best is None or len(weights) == 1:
            break
        price.append(query.amounts(best))
    return found, looked_at


def _sweep(
    query: Query,
    labels: Labels,
    terms: Terms,
    weights: Float64,
    transfers: int | None,
    most: Float64,
    order: Int32,
    followed: bool,
) -> tuple[list[Found | None], int, Int32]:
    """Sweep for rows of weights, none of which pays more than `most`.

    `order`: in which to look at the ways of the network, found and returned where there is one
    row, which others may be `followed` by.
    """
    graph, ends, on_foot, bounds = query.graph, query.ends, query.on_foot, query.bounds
    connections, groups, network = graph.connections, graph.timetable.groups, terms.network
    n_rows = len(weights)
    layers = 1 if transfers is None else transfers + 1
    shift = 0 if transfers is None else n_rows
    scratch: _Scratch = labels.scratch.pop((n_rows, layers), None) or _scratch(
        n_rows, layers, network
    )
    rates, tolls, toll, foot = terms.rates(weights, query.wish.arrive is not None)
    # Who stays seated in a train that has left gains the time.
    margin = SLACK + terms.overlap_s * float(rates.max())
    limit = most * ROUNDED + margin
    to_come = scratch.to_come
    goals = groups.arrival_station[ends.destination]
    at_goals = (ends.egress[:, None] * foot).astype(np.float32)
    if toll is None:
        least_to_come_each(*network, tolls, goals, at_goals, order, *to_come)
    else:
        order = least_to_come(
            network.ptr,
            network.source,
            network.seat_ptr,
            network.seat_from,
            network.change_ptr,
            network.change_from,
            *toll,
            goals,
            at_goals.reshape(-1),
            groups.boarding_station[ends.origin],
            min(limit.item(0), float(FAR)),
            BEYOND if followed else 1.0,
            *(part.reshape(-1) for part in to_come),
        )
    if terms.alighting is not None:  # every arrival has paid it, who rides on too
        to_pay = terms.alighting @ rates[AMOUNT : AMOUNT + terms.alighting.shape[1]]
        to_come.aboard[:] -= to_pay[network.target]
    if layers > 1:
        rates, limit = np.tile(rates, layers), np.tile(limit, layers)
        to_come = ToCome(*(np.tile(part, layers) for part in to_come))
    lanes = len(limit)
    begins = np.stack(
        [ends.origin, ends.access, ends.leave, on_foot.access, on_foot.across], axis=1
    )
    ends_at = np.stack([ends.destination, ends.egress, on_foot.egress], axis=1)
    labels.ready.fill(NEVER)
    labels.ready[ends.origin] = np.arange(len(ends.origin))
    labels.egress.fill(NEVER)
    labels.egress[ends.destination] = np.arange(len(ends.destination))
    labels.marked.fill(0)
    for position in _first_departures(connections, ends, bounds.depart):
        labels.marked[position >> 6] |= np.uint64(1 << (position & 63))
    if len(terms.exceptions):
        labels.reached.fill(-1)
    wished = [-1 if at is None else at for at in query.wish]
    times = np.array([bounds.depart, bounds.until, bounds.arrive, *wished], dtype=np.int32)
    state, ended = np.array([2, 0, -1]), np.full((4, lanes), UNREACHED)
    while not sweep_costs(
        *terms.rides,
        graph.arcs.transfer_to,
        groups.pair_ptr,
        terms.pairs,
        terms.exceptions,
        rates,
        terms.delays,
        begins,
        labels.ready,
        ends_at,
        labels.egress,
        network.target,
        *to_come,
        limit,
        margin,
        True if lanes == 1 else None,
        labels.marked,
        labels.standing,
        labels.reached,
        labels.alighted,
        times,
        shift,
        scratch.cost,
        scratch.tie,
        scratch.link,
        scratch.trace,
        scratch.step_at,
        state,
        ended,
    ):
        scratch = scratch.longer()
    labels.scratch[n_rows, layers] = scratch
    while len(labels.scratch) > SCRATCH_KEPT:
        labels.scratch.pop(next(iter(labels.scratch)))
    # Of the layers the first with the least: that of fewest changes.
    best = ended[0].reshape(layers, n_rows).argmin(axis=0) * n_rows + np.arange(n_rows)
    leaves = dict(zip(ends.origin.tolist(), ends.leave.tolist(), strict=True))
    answers: list[Found | None] = []
    distinct: dict[Ridden, Found] = {}
    for lane, least in zip(best.tolist(), ended[0, best].tolist(), strict=True):
        if least >= NO_LIMIT:
            answers.append(None)
            continue
        rides = _rides(scratch.trace, scratch.step_at, int(ended[3, lane]), lane, shift)
        found = distinct.get(rides)
        if found is None:
            at = connections.rows[rides[0][0]]
            began = at.item(DEPARTURE) - leaves[at.item(BOARDING)]
            arrival = int(ended[2, lane])
            found = distinct[rides] = Found(began, arrival, np.array(rides, dtype=np.int32))
        answers.append(found)
    return answers, state.item(STEPS), order


def _first_departures(connections: Connections, ends: Ends, depart: int) -> Iterator[int]:
    """Yield the position of the first departure of each of the origin's groups."""
    departures = connections.departures

    def departs(position: int) -> int:
        return connections.rows.item(position, DEPARTURE)

    for group, access in zip(ends.origin.tolist(), ends.access.tolist(), strict=True):
        first, end = (connections.departure_ptr.item(at) for at in (group, group + 1))
        first = bisect_left(departures, depart + access, first, end, key=departs)
        if first < end:
            yield departures.item(first)


def _rides(trace: Int32, step_at: Int32, step: int, lane: int, shift: int) -> Ridden:
    """Follow a lane's steps from the last to the first; return the rides as `Found` has them."""
    rides = []
    while step >= 0:
        alight, step = step_at.item(step, 0), trace.item(step, 0, lane)
        board, came = step_at.item(step, 0), trace.item(step, 1, lane)
        step, how = divmod(came, HOW) if came >= 0 else (-1, CHANGED)
        rides.append((board, alight, int(how != CHANGED)))
        lane -= shift if step >= 0 and how != SEATED else 0
    return tuple(reversed(rides))
