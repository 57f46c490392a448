"""Plans: the journey of least personal cost, and a few truly different good ones."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.coupling import physical_key, trains_key
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.journeys.language import phrase
from mobiplan.journeys.personal import Personal
from mobiplan.planner.costing import drawn_rows, feature_names, weights_row
from mobiplan.planner.diagnosing import diagnose
from mobiplan.planner.least_cost import (
    CENT,
    best_of_each,
    least_price,
    price_alone,
    query_of,
)
from mobiplan.planner.pricing import amounts_in
from mobiplan.planner.profiles import window_of
from mobiplan.search.ends import Found
from mobiplan.search.features import (
    BEFORE,
    EARLY,
    UNSUITED,
    WAITING,
    Query,
    Wish,
)
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
ALIKE_SHARE = 0.03  # of the draws: fewer near duplicates, against coverage on fresh draws
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
    max_price: float | None = None,
    preferred: tuple[str, ...] = (),
) -> JourneySet:
    """Answer `Planner.plan`; the planner is the one under the traveller's needs, but for a price.

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
        preferred,
    )
    graph, graph_seconds = graph_of(planner, question)
    began = time.perf_counter()
    features = planner.features(graph, traveller, question)
    names = [criterion.name for criterion in criteria]
    kinds = planner.timetable.kinds
    weights = weights_row(traveller.preferences, kinds, names)
    columns = feature_names(traveller.preferences, kinds, names)
    rows = weights[None]
    if draws:
        near = (
            around(weights, draws)
            if likely is None
            else drawn_rows(likely, draws, columns, weights)
        )
        rows = np.vstack([rows, near])
    if not asked.waits:
        rows[:, BEFORE] = 0.0
    wish = Wish(*(None if t is None else t - graph.epoch for t in asked.wish))
    query = query_of(planner, graph, question, features, wish)
    found, looked_at = best_of_each(planner, query, question, rows, max_price=max_price)
    itineraries, amounts = _priced(planner, query, question, found)
    if not asked.waits:
        amounts[:, BEFORE] = 0.0
    chosen, coverage = [*range(len(itineraries))], 1.0
    if len(itineraries) > 1:
        costs = amounts @ rows.T
        choices = _least_of_each_choice(graph, itineraries, costs[:, 0])
        trains = [trains_key(graph, itineraries[k], physical) for physical, k in choices.items()]
        distinct = [*choices.values()]
        chosen, coverage = choose(costs[distinct], trains, most)
        chosen = [distinct[k] for k in chosen]
    seconds = time.perf_counter() - began
    statistics = Statistics("sweep", looked_at, seconds, graph_seconds, graph.horizon)
    if not chosen:
        why: Callable[[], Diagnosis] = partial(diagnose, planner, graph, question)
        if max_price is not None:
            why = partial(_too_dear, planner, graph, question, traveller, max_price, why)
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


def graph_of(planner: Planner, question: Question) -> tuple[TimeExpandedGraph, float]:
    """Return the graph that a plan is made on, and the seconds that it took to make it."""
    backward = question.depart is None
    instant = question.arrive if backward else question.depart
    assert instant is not None
    return planner.windows.around(instant, question.days, backward=backward)


def _too_dear(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    traveller: Traveller,
    max_price: float,
    otherwise: Callable[[], Diagnosis],
) -> Diagnosis:
    """Say what the cheapest journey costs, where a limit on the price leaves none."""
    least, alone = least_price(planner, graph, question, traveller), True
    if least is None:  # needs are to blame; is the price, too?
        free = planner._for_all
        whole, _ = graph_of(free, question)
        least, alone = least_price(free, whole, question, traveller), False
        if least is None:
            return otherwise()
        if least <= max_price + CENT:  # what would be enough has to keep to the price, too
            search = partial(_cheapest, traveller, max_price)
            return diagnose(planner, graph, question, search, search)
    limit, end, least = float(max_price), phrase(traveller.price), float(least)
    if not alone:
        return Diagnosis(phrase("too dear anyway", limit=limit, end=end, least=least))
    enough = math.ceil(least)
    return Diagnosis(phrase("too dear", limit=limit, end=end, least=least, enough=enough))


def _cheapest(
    traveller: Traveller,
    max_price: float,
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
) -> Itinerary | None:
    """Return the cheapest journey, None where it costs more than the limit."""
    features = planner.features(graph, traveller, question)
    query, row = query_of(planner, graph, question, features), price_alone(features)
    found, _ = best_of_each(planner, query, question, row[None], max_price=max_price)
    return planner._itinerary(graph, question, found[0]) if found else None


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
    near: Float64 = weights * _spread(n, len(weights))
    # Nobody rather waits in a station than at home before they leave, or once they are there.
    for apart in (BEFORE, EARLY):
        if weights[apart] <= weights[WAITING]:
            near[:, apart] = np.minimum(near[:, apart], near[:, WAITING])
    return near


@lru_cache(maxsize=8)
def _spread(n: int, n_weights: int) -> Float64:
    # Those of the newest feature come last: the others keep theirs, and so do answers.
    dice = np.random.default_rng(SEED)
    draws = dice.lognormal(0.0, SPREAD, (n, n_weights - 1))
    return np.insert(draws, UNSUITED, dice.lognormal(0.0, SPREAD, n), axis=1)


def _priced(
    planner: Planner, query: Query, question: Question, found: list[Found]
) -> tuple[list[Itinerary], Float64]:
    """Return what was found, each once, and the walk; and what each has of each feature."""
    distinct = {one.rides.tobytes(): one for one in found}
    itineraries = [planner._itinerary(query.graph, question, one) for one in distinct.values()]
    method = "earliest_arrival" if question.depart is not None else "latest_departure"
    walk = planner._walk(query.graph, dataclasses.replace(question, method=method))
    if walk is not None:
        itineraries.append(walk)
    return itineraries, amounts_in(query, question, itineraries)


def _least_of_each_choice(
    graph: TimeExpandedGraph, itineraries: Sequence[Itinerary], costs: Float64
) -> dict[tuple[int, ...], int]:
    """Return the least costly itinerary of each physical choice, by its `physical_key`.

    One choice are the portions of a coupled train, and who stays in a train where another one
    gets off and on again, because to them waiting is less of a burden than riding.
    """
    kept: dict[tuple[int, ...], int] = {}
    for k in np.argsort(costs, kind="stable").tolist():
        kept.setdefault(physical_key(graph, itineraries[k]), k)
    return kept


def choose(costs: Float64, trains: Sequence[Hashable], most: int) -> tuple[list[int], float]:
    """Choose the journeys to show, and say how many draws they serve.

    Parameters
    ----------
    costs : (n_journeys, 1 + n_draws) float64
        Of each journey for the traveller, then for travellers near by.
    trains : sequence
        What is equal for journeys by the same trains: of these one is shown, and another one only
        if where one changes matters to many draws (split fares, a walk): to `ALIKE_SHARE` of them.
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
    numbers = {key: number for number, key in enumerate(dict.fromkeys(trains))}
    alike = np.array([numbers[key] for key in trains])
    chosen = [int(costs[:, 0].argmin())]
    done: Bool = served[chosen[0]].copy()
    shown = alike == alike[chosen[0]]
    while len(chosen) < most and not done.all():
        gain = (served & ~done).sum(axis=1)
        gain[shown & (gain < ALIKE_SHARE * costs.shape[1])] = 0
        best = int(np.lexsort((costs[:, 0], -gain))[0])
        if gain[best] == 0:
            break
        chosen.append(best)
        done |= served[best]
        shown |= alike == alike[best]
    chosen.sort(key=lambda k: (costs[k, 0], k))
    share = float(done[1:].mean()) if costs.shape[1] > 1 else 1.0
    return chosen, share
