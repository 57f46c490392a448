"""Diagnosing: why a question has no answer, and what would give one; all of it tried.

Needs and the bounds of a question are limits alike. Each is lifted alone, then two at a time,
until there is a journey; then it is put back as far as it goes (`mobiplan.planner.relaxing`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mobiplan import times
from mobiplan.errors import OutsideCalendar
from mobiplan.journeys import Journey
from mobiplan.journeys.diagnosis import Diagnosis, Explanation, Relaxation
from mobiplan.journeys.itinerary import Itinerary, Question
from mobiplan.journeys.language import Clock, Phrase, listed, phrase
from mobiplan.journeys.languages import LANGUAGES
from mobiplan.planner.relaxing import ease
from mobiplan.timetable.graph import ALIGHTING, BOARDING, DEPARTURE, NEVER, TimeExpandedGraph
from mobiplan.traveller.needs import Limit, Needs

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner

#: Finds a journey under needs and without some bounds of the question; None where there is none.
AskAgain = Callable[[Needs, frozenset[str]], Journey | None]
#: Answers a question on its graph.
Search = Callable[["Planner", TimeExpandedGraph, Question], Itinerary | None]

BOUNDS = ("depart", "arrive", "date")  # names of a question's own limits


def diagnose(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    search: Search | None = None,
    unbound: Search | None = None,
) -> Diagnosis:
    """Say why there is no journey, when asked to.

    Parameters
    ----------
    planner : Planner
        With the needs that held.
    graph, question
        Where it was looked for, and what was asked.
    search : callable, optional
        How the question is answered, where it is not by the first or last journey.
    unbound : callable, optional
        The same, where it is asked without a bound of its own.
    """
    searches = search or _first_or_last, unbound or _first_or_last
    return Diagnosis(explain=partial(_explain_question, planner, graph, question, searches))


def explain(
    subject: Phrase,
    needs: Needs,
    ask: AskAgain,
    otherwise: Callable[[tuple[Relaxation, ...]], Phrase],
    bounds: tuple[Limit, ...] = (),
) -> Explanation:
    """Find the limits that keep a question from having an answer.

    Parameters
    ----------
    subject : Phrase
        Of the sentence: "no journey from A to B".
    needs : Needs
    ask : callable
        Asks again; must find nothing under all of `needs` and `bounds`.
    otherwise : callable
        The reason where needs are not to blame; takes the relaxations of bounds.
    bounds : tuple of Limit
        The question's own.
    """
    limits = (*needs.limits(), *bounds)

    def possible(lifted: tuple[Limit, ...]) -> bool:
        return ask(*_without(needs, lifted)) is not None

    if not limits or not possible(limits):
        return Explanation(otherwise(()))
    groups: list[tuple[Limit, ...]] = [(one,) for one in limits if possible((one,))]
    if not groups:
        pair = next((two for two in combinations(limits, 2) if possible(two)), None)
        groups = [pair or _fewest(limits, possible)]
    relaxations = tuple(_relaxed(needs, group, ask) for group in groups)
    conflicts = tuple(limit for group in groups for limit in group)
    if not needs:
        return Explanation(otherwise(relaxations), conflicts, relaxations)
    said = listed("all", [phrase("limit", limit=limit) for limit in limits])
    ways = [phrase("way", change=one.change, span=_span(one.journey)) for one in relaxations]
    reason = phrase("limited", subject=subject, limits=said, ways=listed("either", ways))
    return Explanation(reason, conflicts, relaxations)


def _fewest(
    limits: tuple[Limit, ...], possible: Callable[[tuple[Limit, ...]], bool]
) -> tuple[Limit, ...]:
    """Return limits that are enough to lift, none of which can stay."""
    for limit in limits:
        rest = tuple(one for one in limits if one != limit)
        if possible(rest):
            return _fewest(rest, possible)
    return limits


def _without(needs: Needs, lifted: tuple[Limit, ...]) -> tuple[Needs, frozenset[str]]:
    names = [limit.field for limit in lifted]
    for name in names:
        if name not in BOUNDS:
            needs = needs.without(name)
    return needs, frozenset(names).intersection(BOUNDS)


def _relaxed(needs: Needs, group: tuple[Limit, ...], ask: AskAgain) -> Relaxation:
    """Put limits that were lifted together back one after the other, each as far as it goes."""
    bounds = _without(needs, group)[1]
    changes = []
    for row, limit in enumerate(group):
        if limit.field not in BOUNDS:
            others_lifted = _without(needs, group[row + 1 :])[0]
            eased = ease(others_lifted, limit.field, partial(_ask_without, ask, bounds))
            needs = _with(needs, limit.field, eased.needs)
            changes.append(eased.change)
    journey = ask(needs, bounds)
    assert journey is not None  # easing has tried it
    changes += [_moved(bound, journey) for bound in BOUNDS if bound in bounds]
    fields = " + ".join(limit.field for limit in group)
    return Relaxation(fields, needs, listed("both", changes), journey)


def _ask_without(ask: AskAgain, bounds: frozenset[str], needs: Needs) -> Journey | None:
    return ask(needs, bounds)


def _with(needs: Needs, field: str, other: Needs) -> Needs:
    """Return needs with one limit as in others."""
    name, _, key = field.partition(".")
    value = getattr(other, name)
    if key:
        value = {**getattr(needs, name).without(key), key: value.get(key, ())}
    return needs.replace(**{name: value}) if value else needs.without(field)


def _moved(bound: str, journey: Journey) -> Phrase:
    if bound == "arrive":
        return phrase("arriving by", time=journey.arrival)
    return phrase("leaving at", time=journey.departure)


def _span(journey: Journey) -> Phrase:
    start, end = journey.departure, journey.arrival
    if start.date() != end.date():
        return phrase("over midnight", start=start, end=end)
    return phrase("within a day", day=start.date(), start=Clock(start), end=Clock(end))


# ------------------------------------------------------------------ a question asked again


def _explain_question(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    searches: tuple[Search, Search],
) -> Explanation:
    if question.depart is None:
        question = dataclasses.replace(question, method="latest_departure")
    elif question.method != "latest_departure":
        question = dataclasses.replace(question, method="earliest_arrival")
    return explain(
        nothing(question),
        planner.needs,
        partial(_ask_again, planner, question, searches),
        partial(_of_the_timetable, planner, graph, question),
        _bounds_of(planner, question),
    )


def nothing(question: Question) -> Phrase:
    """Return the phrase that there is no journey."""
    origin, destination = question.origin.label, question.destination.label
    return phrase("no journey", origin=origin, destination=destination)


def _first_or_last(
    planner: Planner, graph: TimeExpandedGraph, question: Question
) -> Itinerary | None:
    if question.method == "latest_departure" and question.leave_before is not None:
        question = planner._before_the_morning(graph, question, "auto")
    return planner.search(graph, question, "auto")[0]


def _ask_again(
    planner: Planner,
    question: Question,
    searches: tuple[Search, Search],
    needs: Needs,
    lifted: frozenset[str],
) -> Journey | None:
    """Answer a question under other needs, and without some of its bounds."""
    other, search = _under(planner, needs), searches[bool(lifted)]
    if lifted:
        question = _unbound(planner, question, lifted)
    backward = question.method == "latest_departure" and question.leave_before is None
    instant = question.arrive if backward else question.depart
    assert instant is not None
    try:
        graph = other.windows.around(instant, question.days, backward=backward)[0]
    except OutsideCalendar:
        return None
    found = search(other, graph, question)
    return Journey(graph, found, question, other) if found else None


def _under(planner: Planner, needs: Needs) -> Planner:
    """Return a planner under other needs; it shares the graphs where what differs allows."""
    from mobiplan.planner.constraints import RESOURCES

    apart = [name for name in RESOURCES if getattr(needs, name) != getattr(planner.needs, name)]
    defaults = {name: None for name in apart}
    if not apart or needs.replace(**defaults) != planner.needs.replace(**defaults):
        return planner._for_all.under(needs)
    other = object.__new__(type(planner))
    vars(other).update(vars(planner))
    vars(other).pop("_limited", None)
    other.needs = needs
    return other


def _bounds_of(planner: Planner, question: Question) -> tuple[Limit, ...]:
    """Return the limits that the question itself sets, but for when to set out."""
    day, bounds = _day_of(planner, question), dict[str, Phrase]()
    depart, arrive = question.depart, question.arrive
    if arrive is not None:
        bounds["arrive"] = phrase("arriving by", time=local(planner, arrive))
    later = depart is not None and (day is None or depart > day[1])  # than the day begins
    if later and (arrive is not None or question.method == "latest_departure"):
        assert depart is not None
        bounds["depart"] = phrase("leaving from", time=local(planner, depart))
    if day is not None:
        bounds["date"] = phrase("leaving on", day=day[0])
    elif question.leave_before is not None:
        bounds["date"] = phrase("leaving before", time=local(planner, question.leave_before))
    english = LANGUAGES["en"]
    return tuple(Limit(field, english.say(said), said) for field, said in bounds.items())


def _unbound(planner: Planner, question: Question, lifted: frozenset[str]) -> Question:
    """Return the question that finds what exceeds the lifted bounds least."""
    depart, arrive, before = question.depart, question.arrive, question.leave_before
    day = _day_of(planner, question)
    if "date" in lifted:
        before = None
    if "arrive" in lifted:
        arrive = None
    if "depart" in lifted:
        depart = day[1] if day and arrive is None else None
    method = "earliest_arrival"
    if "depart" in lifted and arrive is not None:  # leave as late as is in time
        before, method = None, "latest_departure"
    elif question.method == "latest_departure" and before is not None:
        method = "latest_departure"
    days = question.days
    if depart is None and method == "earliest_arrival":
        instant = question.arrive if question.depart is None else question.depart
        assert instant is not None
        depart = max(instant - days * times.DAY_S, planner.timetable.span[0])
        days *= 2
    return Question(method, question.origin, question.destination, depart, arrive, days, before)


def _day_of(planner: Planner, question: Question) -> tuple[dt.date, int] | None:
    """Return the local day that was asked for and when it begins, None where none was."""
    from mobiplan.planner.planner import NIGHT_S

    if question.leave_before is None:
        return None
    night = NIGHT_S if question.method == "latest_departure" else 0
    here = planner.timetable.stations.timezone[question.origin.stations[0]]
    tz = times.zone(here or planner.timetable.timezones[0])
    midnight = times.local_time(question.leave_before - night, tz)
    if midnight.time() != dt.time(0):
        return None
    date = midnight.date() - dt.timedelta(days=1)
    return date, times.calendar_day(date, tz)[0]


def local(planner: Planner, seconds: int) -> dt.datetime:
    """Return an instant as local time of the agency, which is the one spoken of."""
    return times.local_time(seconds, times.zone(planner.timetable.timezones[0]))


# ------------------------------------------------------------------ what the timetable has


def _of_the_timetable(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    relaxations: tuple[Relaxation, ...],
) -> Phrase:
    """Say why there is no journey for anybody: a closed station, a bound, or the horizon."""
    if planner.needs:
        planner = planner._for_all
        graph = planner.windows.of(
            graph.first_day + planner.timetable.lookback,
            graph.n_days - planner.timetable.lookback,
        )[0]
    none = nothing(question)
    ends = planner.places.ends(question.origin, question.destination)
    rows = graph.connections.rows
    depart, arrive, _ = planner.bounds_in(graph, question)
    inside = slice(*np.searchsorted(rows[:, DEPARTURE], [depart, arrive]))
    backward = question.method == "latest_departure"

    moved = _moved_bounds(planner, question, relaxations)
    if moved is not None:
        return moved
    start, end = (local(planner, graph.epoch + bound) for bound in (depart, arrive))
    if end < start:  # by then the last train has come
        origin = question.origin.label
        return phrase("last train gone", origin=origin, start=start, days=question.days)
    when = {"start": start, "end": end}
    if not np.isin(rows[inside, BOARDING], ends.origin).any():
        return phrase("not boarded", origin=question.origin.label, **when)
    if not np.isin(rows[inside, ALIGHTING], ends.destination).any():
        return phrase("not left", destination=question.destination.label, **when)
    if not backward and graph.complete_until < NEVER:
        end = local(planner, graph.epoch + graph.complete_until)
        return phrase("further on", nothing=none, time=end, days=question.days)
    if backward and graph.first_day > 0:
        return phrase("further back", nothing=none, days=question.days)
    return phrase("no way there", nothing=none, day=graph.timetable.dates[-1], **when)


def _moved_bounds(
    planner: Planner, question: Question, relaxations: tuple[Relaxation, ...]
) -> Phrase | None:
    """Say by how much a bound of the question is missed; None where it is not to blame."""
    none = nothing(question)
    moved = {one.field: one.journey for one in relaxations}
    backward = question.method == "latest_departure"
    if not backward and "arrive" in moved:
        return phrase(
            "first arrival",
            destination=question.destination.label,
            time=moved["arrive"].arrival,
            limit=local(planner, question.arrive or 0),
        )
    if backward and "depart" in moved:
        return phrase(
            "last departure",
            origin=question.origin.label,
            time=moved["depart"].departure,
            limit=local(planner, question.depart or 0),
        )
    if "date" in moved:
        leaves, day = moved["date"].departure, _day_of(planner, question)
        if day is not None:
            return phrase("next after day", nothing=none, day=day[0], time=leaves)
        until = local(planner, question.leave_before or 0)
        return phrase("next after", nothing=none, limit=until, time=leaves)
    if backward and "arrive" in moved:
        until = local(planner, question.arrive or 0)
        return phrase("arrives later", nothing=none, limit=until, time=moved["arrive"].arrival)
    return None
