"""A set of journeys is a sequence, best first; empty, it says why."""

from __future__ import annotations

import datetime as dt
import json
import textwrap

import pandas as pd
import pytest
from journeys.toy import STATISTICS, Toy, itinerary_of, place_of, ride, set_of

from mobiplan.errors import NoJourney
from mobiplan.journeys import JOURNEY_COLUMNS, Diagnosis, JourneySet
from mobiplan.journeys.itinerary import Place, Question
from mobiplan.timetable.graph import TimeExpandedGraph

TUESDAY = "2026-03-24"
WHY = "no train leaves A for <B> before 2026-03-25 & none later"


def toy() -> Toy:
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00")
    toy.trip("2", "A 10:00", "M 10:40/10:45", "B 12:00")
    toy.trip("3", "A 23:30", "B 24:30")
    toy.trip("5", "M 11:00", "B 11:30", brand="TER", kind="regional")
    return toy


def answer() -> JourneySet:
    graph = toy().graph(TUESDAY)
    itineraries = [
        itinerary_of(graph, ride("2", "A", "M"), ride("5", "M", "B")),
        itinerary_of(graph, ride("1", "A", "B")),
        itinerary_of(graph, ride("3", "A", "B")),
    ]
    return set_of(graph, itineraries)


def ask(graph: TimeExpandedGraph, time: str) -> Question:
    depart = int(dt.datetime.fromisoformat(time).timestamp())
    return Question("profile", place_of(graph, "A"), place_of(graph, "B"), depart, None, 1)


def empty(diagnosis: str | Diagnosis = WHY) -> JourneySet:
    graph = toy().graph(TUESDAY)
    question = Question("earliest_arrival", Place("A", (), ()), Place("<B>", (), ()), None, None, 1)
    return JourneySet(None, question, graph, (), STATISTICS, diagnosis)


def test_best_first_and_last() -> None:
    journeys = answer()
    assert journeys.best is journeys[0]
    assert [leg.train_number for leg in journeys.first.legs] == ["1"]
    assert [leg.train_number for leg in journeys.last.legs] == ["3"]


def test_of_several_first_and_last_departures_the_one_that_arrives_first() -> None:
    graph = toy().graph(TUESDAY)
    slow = itinerary_of(graph, ride("2", "A", "B"))
    quick = itinerary_of(graph, ride("2", "A", "M"), ride("5", "M", "B"))
    journeys = set_of(graph, [slow, quick])
    assert journeys.first is journeys.last is journeys[1]


def test_a_set_is_a_sequence() -> None:
    journeys = answer()
    assert len(journeys) == 3
    assert [journey.transfers for journey in journeys] == [1, 0, 0]
    assert journeys[-1] is journeys[2]
    assert journeys[1] in journeys
    with pytest.raises(IndexError, match="no journey 3: there are 3 here, from 0"):
        journeys[3]
    with pytest.raises(IndexError, match=r"no journey 0: there are none; \.diagnosis says why"):
        empty()[0]


def test_a_slice_is_a_set_that_shares_what_was_made() -> None:
    journeys = answer()
    looked_at = journeys[1]
    part = journeys[1:]
    assert isinstance(part, JourneySet)
    assert len(part) == 2
    assert part[0] is looked_at
    assert part.stats is journeys.stats
    assert list(journeys[::-1]) == list(reversed(journeys))


def test_journeys_are_made_when_looked_at_and_once() -> None:
    journeys = answer()
    assert journeys._made == {}
    assert journeys.best is journeys.best
    assert set(journeys._made) == {0}


def test_sets_are_equal_by_content() -> None:
    assert answer() == answer()
    assert answer() != answer()[1:]
    assert answer()[:2] != answer()[1:]
    assert answer() != [1, 2, 3]


def test_coupled_trains_are_listed_once() -> None:
    coupled = Toy()
    coupled.trip("2593", "Paris 08:00", "Rennes 09:30/09:40", "Brest 11:50")
    coupled.trip("2573", "Paris 08:00", "Rennes 09:30/09:35", "Quimper 11:40")
    graph = coupled.graph(TUESDAY)
    both = [itinerary_of(graph, ride(n, "Paris", "Rennes")) for n in ("2593", "2573")]
    assert [journey.legs[0].train_number for journey in set_of(graph, both)] == ["2573/2593"]


def test_an_empty_set_says_why_in_every_way_it_is_asked() -> None:
    journeys = empty()
    assert len(journeys) == 0
    assert not journeys
    assert str(journeys.diagnosis) == journeys.diagnosis.reason == WHY
    for name in ("best", "first", "last"):
        with pytest.raises(NoJourney, match="no train leaves A") as raised:
            getattr(journeys, name)
        assert str(raised.value) == WHY
    assert WHY in repr(journeys)
    assert "no train leaves A for &lt;B&gt; before 2026-03-25 &amp; none" in journeys._repr_html_()
    assert "<B>" not in journeys._repr_html_()
    assert journeys.to_dict() == {"journeys": [], "diagnosis": WHY}
    assert journeys.to_geojson() == {"type": "FeatureCollection", "features": []}


def test_a_diagnosis_is_false_when_there_is_an_answer() -> None:
    assert not answer().diagnosis
    assert str(answer().diagnosis) == ""
    assert empty(Diagnosis(WHY)).diagnosis == Diagnosis(WHY)


def test_an_empty_part_of_an_answer_still_has_words() -> None:
    with pytest.raises(NoJourney, match="holds no journey"):
        _ = answer()[3:].best


def test_the_frame_has_a_row_per_journey_and_fixed_types() -> None:
    frame = answer().to_frame()
    assert tuple(frame.columns) == JOURNEY_COLUMNS
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "id": "str",
        "departure": "datetime64[s, Europe/Paris]",
        "arrival": "datetime64[s, Europe/Paris]",
        "duration": "timedelta64[s]",
        "transfers": "int64",
        "walking": "timedelta64[s]",
        "price_min": "float64",
        "price_max": "float64",
        "co2_kg": "float64",
        "cost": "float64",
    }
    assert frame["duration"].tolist() == [pd.Timedelta(minutes=m) for m in (90, 60, 60)]
    assert (frame["arrival"] - frame["departure"] == frame["duration"]).all()
    assert frame["price_min"].isna().all()
    assert frame["id"].tolist() == [journey.id for journey in answer()]


def test_an_empty_frame_has_the_same_columns_and_types() -> None:
    assert (empty().to_frame().dtypes == answer().to_frame().dtypes).all()
    assert len(empty().to_frame()) == 0


def test_dict_and_geojson_are_json() -> None:
    journeys = answer()
    values = json.loads(json.dumps(journeys.to_dict(), allow_nan=False))
    assert [journey["id"] for journey in values["journeys"]] == [j.id for j in journeys]
    features = json.loads(json.dumps(journeys.to_geojson(), allow_nan=False))["features"]
    assert [feature["properties"]["rank"] for feature in features] == [0, 0, 1, 2]


def test_the_text_is_a_table() -> None:
    assert repr(answer()) == textwrap.dedent(
        """\
        A → B, Tue 24 Mar 2026: 3 journeys
             departure  arrival   duration  changes  walking  trains
        [0]  10:00      11:30       1 h 30        1        –  TGV INOUI 2, TER 5
        [1]  08:00      09:00       1 h 00        0        –  TGV INOUI 1
        [2]  23:30      00:30 +1    1 h 00        0        –  TGV INOUI 3"""
    )


def test_days_count_from_the_day_that_was_asked_for() -> None:
    graph = toy().graph(TUESDAY)
    late = itinerary_of(graph, ride("3", "A", "B"))
    journeys = set_of(graph, [late], question=ask(graph, "2026-03-23 23:50+01:00"))
    assert "A → B, Mon 23 Mar 2026: 1 journey\n" in repr(journeys)
    assert "23:30 +1" in repr(journeys)
    assert "00:30 +2" in journeys._repr_html_()


def test_a_long_answer_is_cut_with_a_word_about_the_rest() -> None:
    many = Toy()
    for minute in range(60):
        many.trip(str(1 + minute), f"A 08:{minute:02d}", f"B 09:{minute:02d}")
    graph = many.graph(TUESDAY)
    itineraries = [itinerary_of(graph, ride(str(1 + minute), "A", "B")) for minute in range(60)]
    journeys = set_of(graph, itineraries)
    assert repr(journeys).endswith("... and 35 more: to_frame() has them all")
    assert "and 10 more" in journeys._repr_html_()
    assert len(journeys.to_frame()) == 60


def test_html_compares_journeys_on_one_scale_of_time() -> None:
    html = answer()._repr_html_()
    assert "<span>08:00</span><span>00:30 +1</span>" in html
    # 08:00 to 00:30 are 990 minutes: 10:00 is at 12.1 %, 40 minutes are 4.0 %.
    assert "left:12.1%;width:4.0%" in html
    for foreign in ("<script", "http", "src=", "url("):
        assert foreign not in html
