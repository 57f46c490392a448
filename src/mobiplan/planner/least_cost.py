"""The journey of least personal cost, for many rows of weights, under all that must hold.

`mobiplan.search.costs` answers all rows in two sweeps. It knows limits on changes; whatever else
labels have to carry (stations to pass, walking, waits, duration, price) takes a bag of labels at
each place and a sweep for each row, with the whole cost as one criterion.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.errors import InvalidQuery
from mobiplan.journeys.itinerary import Question
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.limited import sweep_within
from mobiplan.planner.pricing import found_of
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.features import BEFORE, EARLY, EUROS, WAITING, WALKING, Features, Wish
from mobiplan.search.features import amounts_of as features_of
from mobiplan.search.pareto import Column
from mobiplan.timetable.arrays import Float64
from mobiplan.timetable.graph import TimeExpandedGraph
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner

CENT = 0.005  # euros that are no difference: sums of cents are not exact


def best_of_each(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    traveller: Traveller,
    rows: Float64,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
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

    ends = planner.places.ends(question.origin, question.destination)
    on_foot = planner.places.on_foot(question.origin, question.destination)
    bounds, labels = planner.bounds_in(graph, question), planner._labels(graph)
    if question.leave_before is not None:
        bounds = bounds._replace(until=question.leave_before - graph.epoch)
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
    terms = planner.terms(graph, traveller, question)
    free = rows
    if max_price is not None:
        # Whoever minds nothing but the price: what this costs is what there must be to spend.
        free = np.vstack([np.zeros(rows.shape[1]), rows])
        free[0, EUROS] = 1.0
    if takes_bags(planner, None):
        return _best_by_bags(
            *(planner, graph, question, terms.features, rows, wish, max_price), known=None
        )
    answers, more = search_costs(
        *(graph, labels, ends, bounds, terms, free, on_foot),
        transfers=needs.max_transfers,
        wish=wish,
        known=known,
    )
    found = [one for one in answers if one is not None]
    looked_at += more
    if max_price is None or not found:
        return found, looked_at
    features = terms.features
    euros = [features_of(graph, ends, bounds, on_foot, features, one)[EUROS] for one in found]
    if euros[0] > max_price + CENT:
        return [], looked_at
    cheap = [one for one, price in zip(found, euros, strict=True) if price <= max_price + CENT]
    chosen: list[Found] = []
    for row, one, price in zip(rows, found[1:], euros[1:], strict=True):
        if price <= max_price + CENT:
            chosen.append(one)
            continue
        best, more = _best_by_bags(
            *(planner, graph, question, features, row[None], wish, max_price), known=cheap
        )
        looked_at += more
        chosen += best
        cheap += best
    return chosen, looked_at


def takes_bags(planner: Planner, max_price: float | None) -> bool:
    """Whether limits hold that take a sweep for each row of weights."""
    return max_price is not None or not set(limited_by(planner.needs)) <= {"max_transfers"}


def least_price(
    planner: Planner, graph: TimeExpandedGraph, question: Question, traveller: Traveller
) -> float | None:
    """Return what the cheapest journey costs [€], None where there is none."""
    features = planner.features(graph, traveller, question)
    row = np.zeros((1, features.n_weights))
    row[0, EUROS] = 1.0
    found, _ = best_of_each(planner, graph, question, traveller, row)
    if not found:
        return None
    ends = planner.places.ends(question.origin, question.destination)
    feet = planner.places.on_foot(question.origin, question.destination)
    bounds = planner.bounds_in(graph, question)
    return float(features_of(graph, ends, bounds, feet, features, found[0])[EUROS])


def _best_by_bags(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    features: Features,
    rows: Float64,
    wish: Wish,
    max_price: float | None,
    known: Sequence[Found] | None,
) -> tuple[list[Found], int]:
    """Return the same under limits that take a bag of labels, a sweep for each row.

    `known` are journeys within all limits; None: there may be none.
    """
    if wish.depart is not None or question.wish[1] not in (None, question.arrive):
        names = [name for name in limited_by(planner.needs) if name != "max_transfers"]
        limits = ", ".join(names + ["max_price"] * (max_price is not None))
        raise InvalidQuery(
            f"a wished time together with {limits}: give depart= or arrive= alone, or leave "
            f"{limits} out"
        )
    bounds = planner.bounds_in(graph, question)
    ends = planner.places.ends(question.origin, question.destination)
    feet = planner.places.on_foot(question.origin, question.destination)
    looked_at = 0
    if known is None:
        method = "earliest_arrival" if question.depart is not None else "latest_departure"
        asked = dataclasses.replace(question, method=method, leave_before=None)
        first, looked_at = planner.search(graph, asked, "auto")
        if first is None:
            return [], looked_at
        known = [found_of(first)] if first.rides else []
    limits_too: list[Column] = []
    if question.leave_before is not None:
        last = question.leave_before - 1 - graph.epoch
        limits_too = [Column(before=1.0, limit=float(last - bounds.depart), wanted=False)]
        known = [one for one in known if one.departure <= last]
    prices = [features_of(graph, ends, bounds, feet, features, one, wish) for one in known]
    if max_price is not None:
        euros = np.zeros(features.n_weights)
        euros[EUROS] = 1.0
        price = features.column(euros)._replace(limit=max_price + CENT, wanted=False)
        limits_too.append(price)
        kept = [k for k, amounts in enumerate(prices) if amounts[EUROS] <= max_price + CENT]
        known, prices = [known[k] for k in kept], [prices[k] for k in kept]
    found: list[Found] = []
    for row in rows:
        column = features.column(row)
        if wish.arrive is not None:  # linear: nobody arrives after it
            column = _counted_back(column, float(row[EARLY]) / 60)
        within = bounds
        for amounts in prices:
            within = _within(within, question, features, row, float(amounts @ row))
        ended, more = sweep_within(
            planner,
            graph,
            question,
            within,
            [column, *limits_too],
            by_arrival=False,
            known=known,
            night=features.night,
        )
        looked_at += more
        if not ended.found:
            return [], looked_at
        least = np.flatnonzero(ended.amounts[:, 0] <= ended.amounts[:, 0].min() + 1e-9)
        best = min(
            (ended.found[k] for k in least),
            key=lambda one: (one.arrival, -one.departure, len(one.rides)),
        )
        found.append(best)
    return found, looked_at


def _within(
    bounds: Bounds, question: Question, features: Features, row: Float64, most: float
) -> Bounds:
    """Bound the time: every second under way costs something, and nobody pays more than `most`."""
    rates = [row[WALKING], row[WAITING], *features.riding(row)]
    if question.depart is not None:
        least = min(row[BEFORE], *rates)
        if least > 0:
            last = bounds.depart + int(60 * most / least) + 1
            return bounds._replace(arrive=min(bounds.arrive, last))
        return bounds
    least = min(row[EARLY], *rates)
    if least > 0:
        return bounds._replace(
            depart=max(bounds.depart, bounds.arrive - int(60 * most / least) - 1)
        )
    return bounds


def _counted_back(column: Column, early: float) -> Column:
    """Let every second before the latest arrival cost `early`: what is left of it, at the end."""
    return column._replace(
        before=-early,
        riding=column.riding - early,
        walking=column.walking - early,
        crossing=column.crossing - early,
        waiting=column.waiting - early,
    )
