"""Diagnosing: why a question has no answer, in one sentence that a person can act on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from mobiplan import times
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.itinerary import Question
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph

if TYPE_CHECKING:
    from mobiplan.planner.planner import Planner


def diagnose(planner: Planner, graph: TimeExpandedGraph, question: Question) -> Diagnosis:
    """Say why there is no journey: a closed station, a bound that is too tight, or the horizon."""
    origin, destination = question.origin.label, question.destination.label
    ends = planner.places.ends(question.origin, question.destination)
    rows = graph.connections.rows
    depart, arrive, _ = planner.bounds_in(graph, question)
    inside = slice(*np.searchsorted(rows[:, 0], [depart, arrive]))

    def clock(seconds: int) -> str:
        tz = times.zone(graph.timetable.timezones[0])
        return f"{times.local_time(graph.epoch + seconds, tz):%Y-%m-%d %H:%M}"

    when = f"between {clock(depart)} and {clock(arrive)}"
    if not np.isin(rows[inside, 3], ends.origin).any():
        return Diagnosis(f"no train that one may board leaves {origin} {when}")
    if not np.isin(rows[inside, 4], ends.destination).any():
        return Diagnosis(f"no train that one may leave calls at {destination} {when}")
    if question.method == "earliest_arrival" and question.arrive is not None:
        free = dataclasses.replace(question, arrive=None)
        itinerary = planner.search(graph, free, "auto")[0]
        if itinerary:
            return Diagnosis(
                f"the earliest arrival at {destination} is {clock(itinerary.arrival)}, after "
                f"arrive={clock(question.arrive - graph.epoch)}"
            )
    if question.method == "latest_departure" and question.depart is not None:
        free = dataclasses.replace(question, depart=None)
        itinerary = planner.search(graph, free, "auto")[0]
        if itinerary:
            return Diagnosis(
                f"the latest departure from {origin} is {clock(itinerary.departure)}, before "
                f"depart={clock(question.depart - graph.epoch)}"
            )
    if question.method == "earliest_arrival" and question.leave_before is not None:
        return Diagnosis(
            f"no journey from {origin} to {destination} that leaves before "
            f"{clock(question.leave_before - graph.epoch)} arrives before those that leave later"
        )
    if question.method == "earliest_arrival" and graph.complete_until < NEVER:
        return Diagnosis(
            f"no journey from {origin} to {destination} arrives before "
            f"{clock(graph.complete_until)}, the end of days={question.days}: a larger days= "
            "looks further"
        )
    if question.method == "latest_departure" and graph.first_day > 0:
        return Diagnosis(
            f"no journey from {origin} to {destination} in time leaves on the days looked at, "
            f"days={question.days}: a larger days= looks further back"
        )
    return Diagnosis(
        f"no journey from {origin} to {destination} {when}: the timetable, which ends on "
        f"{graph.timetable.dates[-1]}, has no train that leads there"
    )
