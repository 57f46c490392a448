"""Pricing: what journeys that were found by whatever question have of each feature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mobiplan.journeys.itinerary import CHANGE, Itinerary, Question
from mobiplan.journeys.leg import CITY_CHANGE
from mobiplan.journeys.naming import legs_of
from mobiplan.journeys.personal import Personal
from mobiplan.planner.costing import feature_names, weights_row
from mobiplan.planner.least_cost import query_of
from mobiplan.search.ends import Found
from mobiplan.search.features import BEFORE, EARLY, LATE, WALKING, Query, Wish
from mobiplan.timetable.arrays import Float64
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobiplan.journeys import JourneySet


def personal_of(journeys: JourneySet, traveller: Traveller) -> Personal:
    """Return what the journeys of a set, planned or not, cost a traveller.

    Time from an asked departure on counts as ``before_departure``; where a day, a window or a
    wished departure was asked for, it costs nothing.
    """
    planner, graph, question = journeys.planner, journeys.graph, journeys.question
    kinds = planner.timetable.kinds
    own = [criterion.name for criterion in question.criteria]
    features = planner.features(graph, traveller, question)
    wish = Wish(*(None if wished is None else wished - graph.epoch for wished in question.wish))
    query = query_of(planner, graph, question, features, wish)
    amounts = amounts_in(query, question, journeys.itineraries)
    weights = weights_row(traveller.preferences, kinds, own)
    if question.depart is None or question.leave_before is not None or wish.depart is not None:
        weights[BEFORE] = amounts[:, BEFORE] = 0.0
    names = feature_names(traveller.preferences, kinds, own)
    return Personal(traveller, names, weights, amounts, math.nan, 0)


def amounts_in(query: Query, question: Question, itineraries: Sequence[Itinerary]) -> Float64:
    """Return what each itinerary has of each feature, (n_itineraries, n_weights) float64."""
    graph, features, wish = query.graph, query.features, query.wish
    rows = np.zeros((len(itineraries), features.n_weights))
    for row, itinerary in zip(rows, itineraries, strict=True):
        if itinerary.rides:
            row[:] = query.amounts(found_of(itinerary))
            continue
        legs = legs_of(graph, itinerary, question)
        across_s = sum(leg.duration.total_seconds() for leg in legs if leg.kind == CITY_CHANGE)
        row[WALKING] = (itinerary.arrival - itinerary.departure - across_s) / 60
        features.riding(row)[features.crossing] += across_s / 60
        times = ((wish.depart, itinerary.departure), (wish.arrive, itinerary.arrival))
        for wished, actual in times:
            if wished is not None:
                row[EARLY] += max(wished - actual, 0) / 60
                row[LATE] += max(actual - wished, 0) / 60
    return rows


def found_of(itinerary: Itinerary) -> Found:
    """Return the positions of an itinerary as a search returns them."""
    rides = [(ride.board, ride.alight, int(ride.entry != CHANGE)) for ride in itinerary.rides]
    return Found(itinerary.departure, itinerary.arrival, np.array(rides, dtype=np.int32))
