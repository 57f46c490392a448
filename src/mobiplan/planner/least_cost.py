"""The journey of least personal cost, for many rows of weights, under all that must hold.

`mobiplan.search.costs` answers all rows in two sweeps. It knows limits on changes; whatever else
labels have to carry (stations to pass, walking, waits, duration, price) takes a bag of labels at
each place and a sweep for each row. So all rows are asked without these limits first: no journey
costs less for having more of them, and what obeys them and costs no more is proven. A sweep is
left only for rows whose best breaks a limit, within what the best known that obeys them costs.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan.journeys.itinerary import Question
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.limited import least_within, search_limited
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.features import (
    BEFORE,
    EARLY,
    EUROS,
    LATE,
    SLACK,
    WAITING,
    WALKING,
    Features,
    Query,
    Wish,
)
from mobiplan.search.pareto import Column, LeastSearch, Wished, ridden
from mobiplan.timetable.arrays import Float64, Int32, Int64
from mobiplan.timetable.graph import TimeExpandedGraph
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner

CENT = 0.005  # euros that are no difference: sums of cents are not exact
FEW = 8  # rows whose least weights still tell what each of them pays
ALIKE = 1e-9  # equivalent minutes that are none


def query_of(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    features: Features,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
) -> Query:
    """Return what a question asks of a graph."""
    bounds, places = planner.bounds_in(graph, question), planner.places
    if question.leave_before is not None:
        bounds = bounds._replace(until=question.leave_before - graph.epoch)
    ends = places.ends(question.origin, question.destination)
    on_foot = places.on_foot(question.origin, question.destination)
    return Query(graph, ends, bounds, on_foot, features, wish)


def best_of_each(
    planner: Planner,
    query: Query,
    question: Question,
    rows: Float64,
    *,
    max_price: float | None = None,
) -> tuple[list[Found], int]:
    """Return the journey of least cost for each row of weights; none where nothing leads there.

    Also return how many connections were looked at. `max_price` [€] is compared with the
    traveller's end of the range of prices.
    """
    from mobiplan.search.costs import search_costs
    from mobiplan.search.earliest import earliest_arrival, latest_departure
    from mobiplan.search.rounds import arrival_and_transfers

    graph, ends, bounds, features = query.graph, query.ends, query.bounds, query.features
    labels = planner._labels(graph)
    needs = planner.needs
    known: list[Found]
    if needs.max_transfers is not None:
        lines, most = planner.lines(graph), needs.max_transfers
        known, looked_at = arrival_and_transfers(graph, labels, lines, ends, bounds, transfers=most)
    else:
        search = latest_departure if question.depart is None else earliest_arrival
        first, looked_at = search(graph, labels, ends, bounds)
        known = [] if first is None else [first]
    if not known:
        return [], looked_at
    terms = planner.terms(graph, features)

    def without_limits(rows: Float64) -> list[Found]:
        nonlocal looked_at
        answers, more = search_costs(
            query,
            labels,
            terms,
            rows,
            transfers=needs.max_transfers,
            known=known,
        )
        looked_at += more
        return [one for one in answers if one is not None]

    free = without_limits(rows)
    if not free or (max_price is None and set(limited_by(needs)) <= {"max_transfers"}):
        return free, looked_at
    most_euros = np.inf if max_price is None else max_price + CENT
    limited = _Limited(planner, query, question, most_euros)
    seeds = list(zip(free, rows, strict=True))
    if any(limited.euros(one) > most_euros for one in free):
        # Whoever minds nothing but the price: what this costs is what there must be to spend.
        price = price_alone(features)[None]
        cheapest = without_limits(price)
        if limited.euros(cheapest[0]) > most_euros:
            return [], looked_at
        seeds.append((cheapest[0], price[0]))
    found, more = _under_limits(limited, rows, seeds, known[0])
    return found, looked_at + more


def least_price(
    planner: Planner, graph: TimeExpandedGraph, question: Question, traveller: Traveller
) -> float | None:
    """Return what the cheapest journey costs [€], None where there is none."""
    features = planner.features(graph, traveller, question)
    row = price_alone(features)
    query = query_of(planner, graph, question, features)
    found, _ = best_of_each(planner, query, question, row[None])
    return float(query.amounts(found[0])[EUROS]) if found else None


def price_alone(features: Features) -> Float64:
    """Return the weights of whoever minds nothing but the price."""
    row = np.zeros(features.n_weights)
    row[EUROS] = 1.0
    return row


class _Limited(NamedTuple):
    """A question under limits that take bags of labels."""

    planner: Planner
    query: Query
    question: Question
    most_euros: float  # inf: no limit

    def euros(self, found: Found) -> float:
        """Return what a journey costs at the traveller's end of the range of prices."""
        return float(self.query.amounts(found)[EUROS])

    def search(self, rows: Float64, most: Float64, corridor: Int32 | None = None) -> LeastSearch:
        """Lay out the search for rows, none of which pays more than its `most`."""
        others = []
        if self.most_euros < np.inf:
            price = self.query.features.column(price_alone(self.query.features))
            others.append(price._replace(limit=self.most_euros))
        within = [self._within(row, limit) for row, limit in zip(rows, most, strict=True)]
        bounds = self.query.bounds._replace(
            depart=min(each.depart for each in within), arrive=max(each.arrive for each in within)
        )
        asked = self.planner, self.query.graph, self.question, bounds
        night = self.query.features.night
        return least_within(*asked, self.column(rows[0], most[0]), others, night, corridor)

    def column(self, row: Float64, most: float) -> Column:
        """Return what a journey costs, no more than `most`, as one amount."""
        early, late = (row[[EARLY, LATE]] / 60).tolist()
        departing, arriving = (
            None if at is None else Wished(at, early, late) for at in self.query.wish
        )
        cost = self.query.features.column(row)
        return cost._replace(departing=departing, arriving=arriving, limit=most + SLACK)

    def _within(self, row: Float64, most: float) -> Bounds:
        """Bound the time: every second under way costs something, and nobody pays more."""
        under_way = float(min(row[WALKING], row[WAITING], *self.query.features.riding(row)))
        bounds, wish, early, late = (
            self.query.bounds,
            self.query.wish,
            float(row[EARLY]),
            float(row[LATE]),
        )
        soonest, latest = [float(bounds.depart)], [float(bounds.arrive)]

        def spent(rate: float) -> float:
            """Return the seconds that the most buys."""
            return 60 * most / rate if rate > 0 else np.inf

        latest.append(bounds.depart + spent(min(float(row[BEFORE]), under_way)))
        latest.append(bounds.until + spent(under_way))
        if wish.depart is not None:
            soonest.append(wish.depart - spent(early))
            latest.append(wish.depart + spent(min(late, under_way)))
        if wish.arrive is not None:
            soonest.append(wish.arrive - spent(min(early, under_way)))
            latest.append(wish.arrive + spent(late))
        return bounds._replace(
            depart=max(bounds.depart, int(max(soonest)) - 1),
            arrive=min(bounds.arrive, int(min(latest)) + 1),
        )


def _under_limits(
    limited: _Limited, rows: Float64, seeds: list[tuple[Found, Float64]], first: Found
) -> tuple[list[Found], int]:
    """Return the best of each row under the limits; none where nothing obeys them.

    `seeds` are the best of each row without the limits, and maybe of more, with the row; `first` is
    what comes first without them. A row for which something that obeys the limits costs no more
    than its best without them is done.
    """
    seeds = list({one.rides.tobytes(): (one, row) for one, row in reversed(seeds)}.values())
    least = _costs(limited, [one for one, _ in seeds], rows).min(axis=0)
    known, looked_at = _some_within(limited, seeds, first)
    if known is None:
        return [], looked_at
    costs = _costs(limited, known, rows)

    def left(numbers: Int64) -> tuple[Int64, Float64]:
        """Return which rows have nothing proven, and what each of them pays at most."""
        most = costs[:, numbers].min(axis=0, initial=np.inf)
        unproven = most > least[numbers] + ALIKE
        return numbers[unproven], most[unproven]

    # The first row by itself: what is best for it bounds what the others, near it, have to pay.
    for part in (np.arange(1), np.arange(1, len(rows))):
        part, most = left(part)
        if not len(part):
            continue
        everything = limited.search(rows[part], most)
        looked_at += len(everything.corridor)
        for few in np.array_split(part, math.ceil(len(part) / FEW)):
            few, most = left(few)
            search = everything
            if known and len(few):
                # As a share of its most, each row pays at least what the least weights tell.
                shares = (rows[few] / most[:, None]).min(axis=0)
                corridor = everything.leading(limited.column(shares, 1.0))
                if 2 * len(corridor) < len(everything.corridor):
                    search = limited.search(rows[few], most, corridor)
            for k in few:
                unproven, most = left(np.array([k]))
                if not len(unproven):
                    continue  # by what another row has found
                more = search.least(limited.column(rows[k], float(most[0])))
                known += more
                costs = np.vstack([costs, _costs(limited, more, rows)])
        if not known:
            return [], looked_at
    found = []
    for column in costs.T:
        alike = [known[k] for k in np.flatnonzero(column <= column.min() + ALIKE)]
        found.append(min(alike, key=lambda one: (one.arrival, -one.departure, len(one.rides))))
    return found, looked_at


def _some_within(
    limited: _Limited, seeds: list[tuple[Found, Float64]], first: Found
) -> tuple[list[Found] | None, int]:
    """Return some journeys that obey the limits, for a beginning; None where there are none.

    The best that can be made of what the seeds ride, or else what comes first under the needs.
    """
    rows = np.array([row for _, row in seeds])
    corridor = np.unique(np.concatenate([ridden(limited.query.graph, one) for one, _ in seeds]))
    search = limited.search(rows, np.full(len(rows), np.inf), corridor)
    known = [one for row in rows for one in search.least(limited.column(row, np.inf))]
    if known:
        return known, len(corridor)
    question = limited.question
    method = "earliest_arrival" if question.depart is not None else "latest_departure"
    asked = dataclasses.replace(question, method=method, leave_before=None)
    found, looked_at = search_limited(limited.planner, limited.query.graph, asked, first)
    if found is None:
        return None, looked_at
    if limited.euros(found) <= limited.most_euros and found.departure < limited.query.bounds.until:
        known.append(found)
    return known, looked_at


def _costs(limited: _Limited, found: list[Found], rows: Float64) -> Float64:
    """Return what journeys cost, (n_journeys, n_rows)."""
    amounts = [limited.query.amounts(one) for one in found]
    return np.array(amounts).reshape(-1, rows.shape[1]) @ rows.T
