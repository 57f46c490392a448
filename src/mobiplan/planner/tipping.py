"""Tipping points: the smallest change of one thing that turns the ranking of two journeys.

Of a weight it is a division, as costs are linear in each. Of the timetable it is the least whole
number of minutes, found on the lattice of minutes because the night and wished times have corners.
Every tipping point of a weight can be checked by planning again (`plan_with`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.errors import InvalidQuery
from mobiplan.journeys import Journey, JourneySet
from mobiplan.journeys.contrast import TIE_MIN, Contrast, TippingPoint
from mobiplan.journeys.coupling import couplings_of, positions_of
from mobiplan.journeys.facts import price_of, unknown_of
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.journeys.personal import Personal
from mobiplan.planner.pricing import personal_of
from mobiplan.search.features import EARLY, EUROS, LATE, NIGHT
from mobiplan.timetable.arrays import Float64, Int64
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, RUN, TimeExpandedGraph
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.preferences import ORDINARY, RIDING_KIND, is_known
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner
    from mobiplan.traveller.needs import Limit

#: Differences of amounts below this are rounding.
NOTHING = 1e-9
DAY_MIN = 24 * 60


def personal_for(journey: Journey, traveller: Traveller | str | None) -> Personal:
    """Return what a journey costs a traveller: who planned it, else the standard one."""
    if isinstance(traveller, str):
        traveller = Traveller.preset(traveller)
    mine = journey.personal
    if mine is not None and traveller in (None, mine.traveller):
        return mine
    traveller = traveller or Traveller.preset("standard")
    if not isinstance(traveller, Traveller):
        raise InvalidQuery(
            f"traveller={traveller!r}: give mobiplan.Traveller(...) or the name of a preset"
        )
    return _weighed(journey, journey.itinerary, traveller)


def why_not(journey: Journey, other: Journey, traveller: Traveller | str | None) -> Contrast:
    """Answer `Journey.why_not`."""
    _refuse_other_questions(journey, other)
    mine = personal_for(journey, traveller)
    itinerary = _under_the_needs(journey, other)
    if itinerary is None:
        return Contrast(journey, other, mine, ruled_out=_ruling_out(journey, other))
    theirs = _weighed(journey, itinerary, mine.traveller)
    both = dataclasses.replace(mine, amounts=np.vstack([mine.amounts, theirs.amounts]))
    contrast = Contrast(journey, other, both)
    if contrast.ties:
        return contrast
    points = [*_of_weights(contrast), *_of_timetable(contrast, itinerary), *_of_fares(contrast)]
    return dataclasses.replace(contrast, tipping_points=tuple(points))


def plan_with(journey: Journey, traveller: Traveller, feature: str, weight: float) -> JourneySet:
    """Plan a journey's question again for a traveller to whom a feature costs something else.

    Returns
    -------
    JourneySet
        The journey of least cost, and none beside it.
    """
    asked = journey.question

    def moment(seconds: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)

    when = {"depart": asked.depart, "arrive": asked.arrive}
    for name, wished in zip(("depart", "arrive"), asked.wish, strict=True):
        if (asked.depart, asked.arrive, wished) != (None, asked.arrive, asked.arrive):
            when[f"wish_{name}"] = wished  # a latest arrival alone is a wish already
    window = None
    if asked.leave_before is not None and asked.depart is not None:
        window = dt.timedelta(seconds=asked.leave_before - asked.depart)
    found: JourneySet = journey.planner.plan(
        asked.origin,
        asked.destination,
        traveller=with_weight(traveller, feature, weight),
        window=window,
        needs=Needs(**dict.fromkeys(asked.preferred, "prefer")),  # type: ignore[arg-type]
        criteria=asked.criteria,
        most=1,
        draws=0,
        days=asked.days,
        **{name: moment(seconds) for name, seconds in when.items() if seconds is not None},
    )
    return found


def with_weight(traveller: Traveller, feature: str, weight: float) -> Traveller:
    """Return a traveller to whom one feature, under its own name, costs something else.

    >>> me = Traveller(riding={"coach": 1.3})
    >>> other = with_weight(me, "riding", 0.9)
    >>> other.weights["riding"], other.weights["riding_coach"]
    (0.9, 1.3)
    """
    if feature == "riding":
        kinds = {RIDING_KIND[k]: w for k, w in traveller.weights.items() if k in RIDING_KIND}
        return traveller.replace(riding={ORDINARY: weight, **kinds})
    if not is_known(feature):
        return traveller.replace(own={**traveller.preferences.own, feature: weight})
    return traveller.replace(**{feature: weight})


# ------------------------------------------------------------------ the points


def _of_weights(contrast: Contrast) -> list[TippingPoint]:
    """Return a point for each weight that can turn the ranking, the smallest change first."""
    personal, passenger = contrast.personal, contrast.personal.traveller.passenger
    mine, theirs = (personal.contributions(row) for row in (0, 1))
    unknown = unknown_of(contrast.journey, passenger) | unknown_of(contrast.other, passenger)
    points = []
    for name, (amount, weight, _) in mine.items():
        more = theirs[name][0] - amount
        if name in unknown or abs(more) <= NOTHING:
            continue
        bound = weight - contrast.difference / more
        if bound > NOTHING:
            points.append(TippingPoint("weight", name, weight, bound))
    return sorted(points, key=lambda point: point.size)


def _of_timetable(contrast: Contrast, other: Itinerary) -> list[TippingPoint]:
    """Return the minutes by which one would have to arrive sooner, or the other later.

    None where both end with one train: what its times do to one they do to the other.
    """
    of = {id(contrast.journey): contrast.journey.itinerary, id(contrast.other): other}
    gap = abs(contrast.difference)
    points = []
    behind, ahead = of[id(contrast.behind)], of[id(contrast.ahead)]
    rows = contrast.journey.graph.connections.rows
    last_runs = [
        set(couplings_of(contrast.journey.graph, one)[-1].runs) if one.rides else set()
        for one in (behind, ahead)
    ]
    if last_runs[0] & last_runs[1]:
        return []
    if behind.rides:
        last = behind.rides[-1]
        aboard_s = int(rows[last.alight, ARRIVAL] - rows[last.board, DEPARTURE])
        shift_s = -60 * np.arange(1, max((aboard_s - 1) // 60, 0) + 1)
        turned = np.flatnonzero(_change(contrast, behind, shift_s) < -gap - TIE_MIN)
        if len(turned):
            points.append(TippingPoint("sooner", "minutes", 0.0, float(turned[0] + 1)))
    if ahead.rides:
        shift_s = 60 * np.arange(1, DAY_MIN + 1)
        turned = np.flatnonzero(_change(contrast, ahead, shift_s) > gap + TIE_MIN)
        if len(turned):
            points.append(TippingPoint("later", "minutes", 0.0, float(turned[0] + 1)))
    return points


def _change(contrast: Contrast, itinerary: Itinerary, shift_s: Int64) -> Float64:
    """Return what a journey costs more if its last train arrives later by so much (n,)."""
    journey, personal = contrast.journey, contrast.personal
    graph, question = journey.graph, journey.question
    features = journey.planner.features(graph, personal.traveller, question)
    weights, last = personal.weights, itinerary.rides[-1]
    trip = int(graph.connections.run_trip[graph.connections.rows[last.board, RUN]])
    cost: Float64 = features.riding(weights)[graph.timetable.trips.kind[trip]] * shift_s / 60
    night, arrival = features.night, int(graph.connections.rows[last.alight, ARRIVAL])
    moved = np.minimum(arrival + shift_s, len(night) - 1)
    cost += weights[NIGHT] * (night[moved] - float(night[arrival])) / 60
    if question.wish[1] is not None:
        late_s = itinerary.arrival + graph.epoch - question.wish[1]
        for weight, sign in ((weights[LATE], 1), (weights[EARLY], -1)):
            apart = np.maximum(sign * (late_s + shift_s), 0) - max(sign * late_s, 0)
            cost += weight * apart / 60
    if question.arrive is not None:  # too late is out of the question
        cost[itinerary.arrival + graph.epoch + shift_s > question.arrive] = np.inf
    return cost


def _of_fares(contrast: Contrast) -> list[TippingPoint]:
    """Return the euros by which one would have to be cheaper, or the other dearer."""
    traveller, weight = contrast.personal.traveller, float(contrast.personal.weights[EUROS])
    price, dear = (
        price_of(journey, traveller.passenger) for journey in (contrast.behind, contrast.ahead)
    )
    if not weight or not price.is_known or not dear.is_known:
        return []
    points = []
    less = abs(contrast.difference) / weight
    if less < price.at(traveller.price):
        points.append(TippingPoint("cheaper", "euros", 0.0, less))
    if contrast.ahead.itinerary.rides:
        points.append(TippingPoint("dearer", "euros", 0.0, less))
    return points


# ------------------------------------------------------------------ two journeys, one question


def _weighed(journey: Journey, itinerary: Itinerary, traveller: Traveller) -> Personal:
    """Return what an itinerary of a journey's graph costs a traveller, as an answer to its own."""
    nothing = Statistics("", 0, 0.0, 0.0, "")
    alone = JourneySet(journey.planner, journey.question, journey.graph, [itinerary], nothing)
    return personal_of(alone, traveller)


def _refuse_other_questions(journey: Journey, other: Journey) -> None:
    """Raise InvalidQuery where the two cannot be compared."""
    if not isinstance(other, Journey):
        raise InvalidQuery(f"why_not({other!r}): give another journey")
    if journey == other:
        raise InvalidQuery("why_not: both are the same journey; give another one")
    if other.planner is None or other.planner._for_all is not journey.planner._for_all:
        raise InvalidQuery("why_not: the other journey was found by another planner")
    mine, theirs = journey.question, other.question
    for end in ("origin", "destination"):
        one, two = getattr(mine, end), getattr(theirs, end)
        if (one.stations, one.walks) != (two.stations, two.walks):
            raise InvalidQuery(
                f"why_not: the {end} of one is {one.label!r}, of the other {two.label!r}; give a "
                "journey between the same places"
            )
    departure, arrival = (
        other.graph.epoch + seconds
        for seconds in (other.itinerary.departure, other.itinerary.arrival)
    )
    if (
        (mine.depart is not None and departure < mine.depart)
        or (mine.arrive is not None and arrival > mine.arrive)
        or (mine.leave_before is not None and departure >= mine.leave_before)
    ):
        raise InvalidQuery(
            f"why_not: the journey from {other.departure:%Y-%m-%d %H:%M} to "
            f"{other.arrival:%Y-%m-%d %H:%M} is not within the times asked for"
        )
    if other.itinerary.departure + other.graph.epoch - journey.graph.epoch > (
        journey.graph.last_arrival
    ):
        raise InvalidQuery(
            f"why_not: the journey from {other.departure:%Y-%m-%d %H:%M} lies beyond the "
            f"{mine.days} service days that were searched; give plan(..., days=) more of them"
        )


def _under_the_needs(journey: Journey, other: Journey) -> Itinerary | None:
    """Return another journey in a journey's own graph; None if its needs rule that out."""
    if other.graph is journey.graph and other.planner.needs == journey.planner.needs:
        return other.itinerary
    return _ridden_again(journey.planner, journey.graph, journey.question, other)


def _ruling_out(journey: Journey, other: Journey) -> tuple[Limit, ...]:
    """Return the limits each of which alone rules another journey out; all, if it takes several."""
    needs, free = journey.planner.needs, journey.planner._for_all
    limits = needs.limits()
    lookback = journey.graph.timetable.lookback
    first_day, days = journey.graph.first_day + lookback, journey.graph.n_days - lookback

    def possible(limit: Limit) -> bool:
        alone = needs
        for one in limits:
            alone = alone if one == limit else alone.without(one.field)
        planner = free.under(alone)
        graph, _ = planner.windows.of(first_day, days)
        return _ridden_again(planner, graph, journey.question, other) is not None

    return tuple(limit for limit in limits if not possible(limit)) or tuple(limits)


def _ridden_again(
    planner: Planner, graph: TimeExpandedGraph, question: Question, other: Journey
) -> Itinerary | None:
    """Return how a planner would ride what another journey does; None if its needs forbid it."""
    if not other.itinerary.rides:
        return _walk(planner, graph, question, other)
    ridden = _ridden(graph, other)
    if ridden is None:
        return None
    # The journey of which least is not ridden by the other one: by what the needs allow, nothing.
    from mobiplan.planner.limited import sweep_within
    from mobiplan.search.pareto import Column, added_up

    elsewhere = np.ones(graph.n)
    elsewhere[ridden] = 0.0
    column = Column(along=added_up(graph, elsewhere))
    bounds = planner.bounds_in(graph, question)
    ended, _ = sweep_within(planner, graph, question, bounds, [column], by_arrival=False)
    best = [k for k, amount in enumerate(ended.amounts[:, 0].tolist()) if amount == 0.0]
    return planner._itinerary(graph, question, ended.found[best[0]]) if best else None


def _ridden(graph: TimeExpandedGraph, other: Journey) -> list[int] | None:
    """Return the positions in a graph of what a journey rides; None if they are not all there."""
    mine, theirs = graph.connections, other.graph.connections
    positions: list[int] = []
    for ride in other.itinerary.rides:
        run = int(theirs.rows[ride.board, RUN])
        day = other.graph.first_day + int(theirs.run_day[run]) - graph.first_day
        same = (mine.run_trip == theirs.run_trip[run]) & (mine.run_day == day)
        hops = theirs.hop[positions_of(other.graph, ride)]
        runs = mine.rows[:, RUN]
        found = np.flatnonzero(same[runs] & np.isin(mine.hop, hops))
        if len(found) < len(hops):
            return None
        positions += found.tolist()
    return positions


def _walk(
    planner: Planner, graph: TimeExpandedGraph, question: Question, other: Journey
) -> Itinerary | None:
    """Return the walk from door to door at the planner's pace, leaving when the other does."""
    duration = planner.walking_time(question.origin, question.destination)
    if duration is None:
        return None
    begin = other.itinerary.departure + other.graph.epoch - graph.epoch
    return Itinerary((), begin, begin + duration, duration)
