"""On SNCF's own feeds and tables: sums hold, and tipping points turn the ranking of real pairs.

The files lie beside the project, in ../shared; without them these tests are skipped, but never in
CI.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import mobiplan as mp
from mobiplan.planner.tipping import with_weight
from mobiplan.traveller.presets import PRESETS

SHARED = Path(__file__).parents[3] / "shared"
FEEDS = [SHARED / "feeds" / f"sncf_{name}_20250122.zip" for name in ("tgv", "ter")]
TRIPS = [
    ("Rennes", "Grenoble"),
    ("Brive-la-Gaillarde", "Strasbourg"),
    ("Quimper", "Nice"),
    ("Dieppe", "Clermont-Ferrand"),
    ("Bayonne", "Lille"),
]

pytestmark = pytest.mark.skipif(
    not (SHARED.is_dir() or "CI" in os.environ), reason=f"{SHARED} is not there"
)


@pytest.fixture(scope="module")
def planner() -> mp.Planner:
    return mp.Planner(mp.load(FEEDS), data=mp.open_data(SHARED / "opendata"))


@pytest.fixture(scope="module")
def sets(planner: mp.Planner) -> list[mp.JourneySet]:
    def planned() -> Iterator[mp.JourneySet]:
        for number, (origin, destination) in enumerate(TRIPS):
            for preset in PRESETS[number % 2 :: 2]:
                yield planner.plan(
                    origin, destination, depart="2025-02-04 07:30", traveller=preset, draws=24
                )

    return list(planned())


def test_contributions_add_up_on_real_journeys(sets: list[mp.JourneySet]) -> None:
    for journey in (journey for journeys in sets for journey in journeys):
        why = journey.why()
        total = math.fsum(part.contribution for part in why.contributions)
        assert total == pytest.approx(journey.cost, abs=1e-9)
        assert why.sentence() and why.sentence("fr")


def test_bounds_turn_the_ranking_of_real_pairs(sets: list[mp.JourneySet]) -> None:
    pairs = 0
    for journeys in sets:
        me = journeys.personal.traveller  # type: ignore[union-attr]
        for one, other in combinations(journeys, 2):
            contrast = one.why_not(other)
            pairs += 1
            for point in contrast.tipping_points:
                if point.change != "weight":
                    continue
                away = 1 if point.bound > point.now else -1
                for step, expected in ((1e-6, True), (-1e-6, False)):
                    there = with_weight(me, point.feature, point.bound * (1 + away * step))
                    behind, ahead = (
                        journey.why(there).cost for journey in (contrast.behind, contrast.ahead)
                    )
                    assert (behind < ahead) is expected, point
    assert pairs >= 30


def test_real_plans_agree_with_the_first_tipping_point(sets: list[mp.JourneySet]) -> None:
    tried = 0
    for journeys in sets[::3]:
        for other in journeys[1:2]:
            contrast = journeys.best.why_not(other)
            weights = [point for point in contrast.tipping_points if point.change == "weight"]
            for point in weights[:1]:
                tried += 1
                best = contrast.plan_again(point).best
                me = with_weight(contrast.personal.traveller, point.feature, point.beyond)
                assert best != journeys.best
                assert best.cost is not None
                assert best.cost <= other.why(me).cost + 1e-6
    assert tried


def test_figures_of_real_journeys_carry_their_source(sets: list[mp.JourneySet]) -> None:
    sources = sets[0].sources()
    assert {"timetable", "fares", "co2"} <= set(sources["used_for"])
    assert {"tarifs-tgv-inoui-ouigo", "emission-co2-perimetre-complet"} <= set(sources["data_set"])
    assert (sources["data_set"] != "").all()
