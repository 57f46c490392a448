"""Plans: the journey of least personal cost, and a few truly different good ones."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.coupling import physical_key
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.journeys.personal import Personal
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.costing import drawn_rows, feature_names, weights_row
from mobiplan.planner.diagnosing import diagnose
from mobiplan.planner.limited import sweep_within
from mobiplan.planner.pricing import amounts_in, found_of
from mobiplan.planner.profiles import window_of
from mobiplan.search.ends import Bounds, Found
from mobiplan.search.features import (
    BEFORE,
    EARLY,
    WAITING,
    WALKING,
    Features,
    Wish,
    amounts_of,
)
from mobiplan.search.pareto import Column
from mobiplan.timetable.arrays import Bool, Float64
from mobiplan.timetable.graph import TimeExpandedGraph
from mobiplan.traveller.criterion import Criterion
from mobiplan.traveller.traveller import Likely, Traveller

if TYPE_CHECKING:
    from mobiplan.planner.places import PlaceLike
    from mobiplan.planner.planner import Planner

DRAWS = 64
SPREAD = 0.3  # standard deviation of the logarithm of each weight, where no posterior is known
COVERED_MIN = 1.0  # equivalent minutes that a draw may lose with the best of the set
MOST_JOURNEYS = 5
SEED = 20260323


def plan(
    planner: Planner,
    origin: PlaceLike,
    destination: PlaceLike,
    *,
    traveller: Traveller,
    likely: Likely | None = None,
    depart: times.TimeLike | None = None,
    arrive: times.TimeLike | None = None,
    date: times.DateLike | None = None,
    window: times.DurationLike | None = None,
    wish_depart: times.TimeLike | None = None,
    wish_arrive: times.TimeLike | None = None,
    criteria: Sequence[Criterion] = (),
    most: int = MOST_JOURNEYS,
    draws: int = DRAWS,
    days: int = 3,
) -> JourneySet:
    """Answer `Planner.plan`; the planner is the one under the traveller's needs.

    `likely` is what is believed of the traveller, who is then its mean: cost is linear in the
    weights, so the journey of least cost at the mean weights is that of least expected cost.
    """
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    for name, value, least in (("most", most, 1), ("draws", draws, 0)):
        if not isinstance(value, int) or value < least:
            raise InvalidQuery(f"{name}={value!r}: a whole number, at least {least}")
    start = planner.place(origin, "origin")
    end = planner.place(destination, "destination")
    planner.places.refuse_one_place(start, end)
    asked = _asked(planner, depart, arrive, date, window, wish_depart, wish_arrive)
    question = Question(
        "plan",
        start,
        end,
        asked.depart,
        asked.arrive,
        days,
        asked.until,
        asked.wish,
        tuple(criteria),
    )
    backward = asked.depart is None
    instant = asked.arrive if backward else asked.depart
    assert instant is not None
    graph, graph_seconds = planner.windows.around(instant, days, backward=backward)
    began = time.perf_counter()
    own = list(criteria)
    features = planner.features(graph, traveller, own)
    names = [criterion.name for criterion in own]
    kinds = planner.timetable.kinds
    weights = weights_row(traveller.preferences, kinds, names)
    columns = feature_names(traveller.preferences, kinds, names)
    near = around(weights, draws)
    if likely is not None:
        near = drawn_rows(likely, draws, columns, weights)
    rows = np.vstack([weights, near])
    if not asked.waits:
        rows[:, BEFORE] = 0.0
    wish = Wish(*(None if t is None else t - graph.epoch for t in asked.wish))
    found, looked_at = best_of_each(planner, graph, question, traveller, rows, wish)
    itineraries, amounts = _priced(planner, graph, question, features, found, wish)
    if not asked.waits:
        amounts[:, BEFORE] = 0.0
    chosen, coverage = choose(amounts @ rows.T, most)
    seconds = time.perf_counter() - began
    statistics = Statistics("sweep", looked_at, seconds, graph_seconds, graph.horizon)
    if not chosen:
        why = partial(diagnose, planner, graph, question)
        return JourneySet(planner, question, graph, (), statistics, why)
    personal = Personal(
        traveller,
        columns,
        rows[0],
        amounts[chosen],
        coverage,
        draws,
    )
    kept = [itineraries[k] for k in chosen]
    return JourneySet(planner, question, graph, kept, statistics, "", personal=personal)


class Asked(NamedTuple):
    """When, in seconds since 1970 UTC."""

    depart: int | None
    until: int | None  # departures before this
    arrive: int | None
    wish: tuple[int | None, int | None]  # to depart, to arrive
    waits: bool  # time counts from the asked departure on


def _asked(
    planner: Planner,
    depart: times.TimeLike | None,
    arrive: times.TimeLike | None,
    date: times.DateLike | None,
    window: times.DurationLike | None,
    wish_depart: times.TimeLike | None,
    wish_arrive: times.TimeLike | None,
) -> Asked:
    tz = times.zone(planner.timetable.timezones[0])
    wishes = {"wish_depart": wish_depart, "wish_arrive": wish_arrive}
    leave, reach = (
        None if wished is None else times.parse_time(wished, tz, name)
        for name, wished in wishes.items()
    )
    if depart is None and date is None:
        if arrive is None or window is not None:
            first = planner.timetable.dates[0]
            raise InvalidQuery(
                f"when? give depart='{first} 08:00', arrive='{first} 18:00', date='{first}', or "
                "depart= with window='4 h' (there is no default; this timetable runs from "
                f"{first} to {planner.timetable.dates[-1]})"
            )
        not_after = times.parse_time(arrive, tz, "arrive")
        return Asked(None, None, not_after, (leave, not_after if reach is None else reach), False)
    first_s, until, latest = window_of(planner, depart, arrive, date, window, needed=False)
    return Asked(first_s, until, latest, (leave, reach), until is None and leave is None)


def around(weights: Float64, n: int) -> Float64:
    """Return travellers near one: each weight times a log-normal draw, always the same ones."""
    draws = np.random.default_rng(SEED).lognormal(0.0, SPREAD, (n, len(weights)))
    near: Float64 = weights * draws
    return near


def best_of_each(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    traveller: Traveller,
    rows: Float64,
    wish: Wish = Wish(),  # noqa: B008 (immutable)
) -> tuple[list[Found], int]:
    """Return the journey of least cost for each row of weights; none where nothing leads there.

    Also return how many connections were looked at.
    """
    from mobiplan.search.costs import search_costs
    from mobiplan.search.earliest import earliest_arrival, latest_departure

    ends = planner.places.ends(question.origin, question.destination)
    on_foot = planner.places.on_foot(question.origin, question.destination)
    bounds, labels = planner.bounds_in(graph, question), planner._labels(graph)
    if question.leave_before is not None:
        bounds = bounds._replace(until=question.leave_before - graph.epoch)
    search = latest_departure if question.depart is None else earliest_arrival
    known, looked_at = search(graph, labels, ends, bounds)
    if known is None:
        return [], looked_at
    terms = planner.terms(graph, traveller, question.criteria)
    needs = planner.needs
    if set(limited_by(needs)) <= {"max_transfers"}:
        found, more = search_costs(
            graph,
            labels,
            ends,
            bounds,
            terms,
            rows,
            on_foot,
            transfers=needs.max_transfers,
            wish=wish,
            known=[known],
        )
        return [one for one in found if one is not None], looked_at + more
    return _best_by_bags(planner, graph, question, terms.features, rows, wish)


def _best_by_bags(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    features: Features,
    rows: Float64,
    wish: Wish,
) -> tuple[list[Found], int]:
    """Return the same under limits that take a bag of labels, a sweep for each row."""
    if wish.depart is not None or question.wish[1] not in (None, question.arrive):
        limits = ", ".join(name for name in limited_by(planner.needs) if name != "max_transfers")
        raise InvalidQuery(
            f"a wished time together with {limits}: give depart= or arrive= alone, or leave "
            f"{limits} out"
        )
    method = "earliest_arrival" if question.depart is not None else "latest_departure"
    known, looked_at = planner.search(
        graph, dataclasses.replace(question, method=method, leave_before=None), "auto"
    )
    if known is None or not known.rides:
        return [], looked_at
    bounds = planner.bounds_in(graph, question)
    ends = planner.places.ends(question.origin, question.destination)
    feet = planner.places.on_foot(question.origin, question.destination)
    seeds, window = [found_of(known)], []
    if question.leave_before is not None:
        last = question.leave_before - 1 - graph.epoch
        window = [Column(before=1.0, limit=float(last - bounds.depart), wanted=False)]
        seeds = [seed for seed in seeds if seed.departure <= last]
    prices = [amounts_of(graph, ends, bounds, feet, features, seed, wish) for seed in seeds]
    found: list[Found] = []
    for row in rows:
        column = features.column(row)
        if wish.arrive is not None:  # linear: nobody arrives after it
            column = _counted_back(column, float(row[EARLY]) / 60)
        within = bounds
        for price in prices:
            within = _within(within, question, features, row, float(price @ row))
        ended, more = sweep_within(
            planner,
            graph,
            question,
            within,
            [column, *window],
            by_arrival=False,
            known=seeds,
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


def _priced(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    features: Features,
    found: list[Found],
    wish: Wish,
) -> tuple[list[Itinerary], Float64]:
    """Return each physical choice once, the walk among them, and what each has of each feature."""
    distinct = {one.rides.tobytes(): one for one in reversed(found)}
    kept: dict[tuple[int, ...], Itinerary] = {}
    for one in reversed(distinct.values()):
        itinerary = planner._itinerary(graph, question, one)
        kept.setdefault(physical_key(graph, itinerary), itinerary)
    method = "earliest_arrival" if question.depart is not None else "latest_departure"
    walk = planner._walk(graph, dataclasses.replace(question, method=method))
    if walk is not None:
        kept[physical_key(graph, walk)] = walk
    itineraries = list(kept.values())
    return itineraries, amounts_in(planner, graph, question, features, itineraries, wish)


def choose(costs: Float64, most: int) -> tuple[list[int], float]:
    """Choose the journeys to show, and say how many draws they serve.

    Parameters
    ----------
    costs : (n_journeys, 1 + n_draws) float64
        Of each journey for the traveller, then for travellers near by.
    most : int

    Returns
    -------
    list of int
        The best for the traveller, then each time the one that serves most of those draws whose
        own best is an equivalent minute better than all before; by the traveller's own cost.
    float
        The share of draws that are served.
    """
    if len(costs) == 0:
        return [], 0.0
    least = costs.min(axis=0)
    served = costs - least < COVERED_MIN  # (n_journeys, 1 + n_draws)
    chosen = [int(costs[:, 0].argmin())]
    done: Bool = served[chosen[0]].copy()
    while len(chosen) < most and not done.all():
        gain = (served & ~done).sum(axis=1)
        best = int(np.lexsort((costs[:, 0], -gain))[0])
        chosen.append(best)
        done |= served[best]
    chosen.sort(key=lambda k: (costs[k, 0], k))
    share = float(done[1:].mean()) if costs.shape[1] > 1 else 1.0
    return chosen, share
