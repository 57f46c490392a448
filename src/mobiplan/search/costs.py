"""The door to the sweep for the least cost: what it is asked, and what its labels tell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from mobiplan.search.cost_sweep import CHANGED, HOW, SEATED, least_between, sweep_costs
from mobiplan.search.earliest import Labels
from mobiplan.search.ends import Bounds, Ends, Found
from mobiplan.search.features import Wish, amounts_of
from mobiplan.search.pareto import OnFoot
from mobiplan.search.terms import Terms
from mobiplan.timetable.arrays import Float64, Int32
from mobiplan.timetable.graph import BOARDING, DEPARTURE, NEVER, TimeExpandedGraph

NO_LIMIT = 1e299
MOST_FACTOR = 4.0  # times what is known, after which there is no limit
SLACK = 1e-6  # equivalent minutes by which sums may differ from what a journey costs
SCRATCH_KEPT = 4  # of numbers of lanes


def _scratch(lanes: int) -> tuple[Float64, Int32, Int32, Int32]:
    """Return what `sweep_costs` writes its labels and steps to, which it makes longer."""
    return (
        np.zeros((256, 3, lanes)),  # cost, order of ties, step that it comes from
        np.empty((256, 2), dtype=np.int32),  # the run's next label; the leg to call 0, NEVER: none
        np.empty((256, 2, lanes), dtype=np.int32),
        np.empty((256, 1), dtype=np.int32),
    )


def search_costs(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    terms: Terms,
    weights: Float64,
    on_foot: OnFoot,
    *,
    transfers: int | None = None,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
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
    price = [amounts_of(graph, ends, bounds, on_foot, terms.features, one, wish) for one in known]
    looked_at = 0
    for first, end in ((0, 1), (1, len(weights))):
        rows, factor = np.arange(first, end), 1.0
        while len(rows):
            most = np.full(len(rows), NO_LIMIT)
            if price and narrow and factor <= MOST_FACTOR:
                most = factor * (weights[rows] @ np.array(price).T).min(axis=1)
            least, more = _sweep(
                *(graph, labels, ends, bounds, terms, weights[rows], on_foot, transfers, wish),
                most,
            )
            looked_at += more
            for row, one in zip(rows.tolist(), least, strict=True):
                found[row] = one
            missing = [one is None for one in least]
            rows, factor = rows[missing & (most < NO_LIMIT)], 2 * factor
        best = found[0]
        if best is None or len(weights) == 1:
            break
        price.append(amounts_of(graph, ends, bounds, on_foot, terms.features, best, wish))
    return found, looked_at


def _sweep(
    graph: TimeExpandedGraph,
    labels: Labels,
    ends: Ends,
    bounds: Bounds,
    terms: Terms,
    weights: Float64,
    on_foot: OnFoot,
    transfers: int | None,
    wish: Wish,
    most: Float64,
) -> tuple[list[Found | None], int]:
    """Sweep for rows of weights, none of which pays more than `most`."""
    connections, groups, network = graph.connections, graph.timetable.groups, terms.network
    n_rows = len(weights)
    rates, ways, foot = terms.rates(weights, wish.arrive is not None)
    limit = most + SLACK
    least = least_between(
        network.ptr,
        network.source,
        ways,
        groups.arrival_station[ends.destination],
        ends.egress[:, None] * foot,
        limit,
    )
    if terms.overlap_s:  # who stays seated in a train that has left gains the time
        least -= terms.overlap_s * rates.max(axis=0)
    layers = 1 if transfers is None else transfers + 1
    shift = 0 if transfers is None else n_rows
    if layers > 1:
        rates, limit, least = (np.tile(part, layers) for part in (rates, limit, least))
    begins = np.stack(
        [ends.origin, ends.access, ends.leave, on_foot.access, on_foot.across], axis=1
    )
    goals = np.stack([ends.destination, ends.egress, on_foot.egress], axis=1)
    labels.ready.fill(NEVER)
    labels.ready[ends.origin] = np.arange(len(ends.origin))
    labels.egress.fill(NEVER)
    labels.egress[ends.destination] = np.arange(len(ends.destination))
    labels.marked.fill(0)
    departure_ptr, departures = connections.departure_ptr, connections.departures

    def departs(position: int) -> int:
        return connections.rows.item(position, DEPARTURE)

    for group, access in zip(ends.origin.tolist(), ends.access.tolist(), strict=True):
        first, end = departure_ptr.item(group), departure_ptr.item(group + 1)
        first = bisect_left(departures, bounds.depart + access, first, end, key=departs)
        if first < end:
            position = departures.item(first)
            labels.marked[position >> 6] |= np.uint64(1 << (position & 63))
    if len(terms.exceptions):
        labels.reached.fill(-1)
    wished = [-1 if at is None else at for at in wish]
    ended, size, label, link, trace, step_at = sweep_costs(
        *terms.rides,
        graph.arcs.transfer_to,
        groups.pair_ptr,
        terms.pairs,
        terms.exceptions,
        rates,
        terms.delays,
        begins,
        labels.ready,
        goals,
        labels.egress,
        least,
        limit,
        labels.marked,
        labels.standing,
        labels.reached,
        labels.alighted,
        np.array([bounds.depart, bounds.until, bounds.arrive, *wished], dtype=np.int32),
        shift,
        *labels.scratch.pop(len(limit), _scratch(len(limit))),
    )
    labels.scratch[len(limit)] = (label, link, trace, step_at)
    while len(labels.scratch) > SCRATCH_KEPT:
        labels.scratch.pop(next(iter(labels.scratch)))
    # Of the layers the first with the least: that of fewest changes.
    best = ended[0].reshape(layers, n_rows).argmin(axis=0) * n_rows + np.arange(n_rows)
    leaves = dict(zip(ends.origin.tolist(), ends.leave.tolist(), strict=True))
    answers: list[Found | None] = []
    distinct: dict[tuple[tuple[int, int, int], ...], Found] = {}
    for lane, cost in zip(best.tolist(), ended[0, best].tolist(), strict=True):
        if cost >= NO_LIMIT:
            answers.append(None)
            continue
        rides, step, reached = [], int(ended[3, lane]), int(ended[2, lane])
        while step >= 0:
            alight, step = step_at.item(step, 0), trace.item(step, 0, lane)
            board, came = step_at.item(step, 0), trace.item(step, 1, lane)
            step, how = divmod(came, HOW) if came >= 0 else (-1, CHANGED)
            rides.append((board, alight, int(how != CHANGED)))
            lane -= shift if step >= 0 and how != SEATED else 0
        key = tuple(reversed(rides))
        found = distinct.get(key)
        if found is None:
            at = connections.rows[key[0][0]]
            began = at.item(DEPARTURE) - leaves[at.item(BOARDING)]
            found = distinct[key] = Found(began, reached, np.array(key, dtype=np.int32))
        answers.append(found)
    return answers, size
