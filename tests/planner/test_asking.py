"""Questions about real journeys: never a dominated pair, plainly worded, and the answer teaches."""

from __future__ import annotations

import re

import numpy as np
import pytest
from timetables import toy, trip

import mobiplan as mp
from mobiplan.planner.asking import offers, sampled
from mobiplan.traveller.questions import information

GRENOBLE = ("Rennes", "Grenoble", "2026-03-24 08:00")
TOULOUSE = ("Strasbourg", "Toulouse", "2026-03-25 07:00")


@pytest.fixture(scope="module")
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


@pytest.fixture
def model() -> mp.ChoiceModel:
    return mp.learn(None, prior=mp.Traveller.preset("standard"))


def test_no_pair_offered_is_dominated_and_the_most_telling_is_asked(
    planner: mp.Planner, model: mp.ChoiceModel
) -> None:
    found = list(offers(planner, model, [GRENOBLE, TOULOUSE]))
    assert len(found) == 2
    costs, most = model.belief().alike_in_care(256), 0.0
    for offer in found:
        assert len(set(offer.journeys)) == len(offer.journeys) >= 2
        for i, one in enumerate(offer.amounts):
            for other in offer.amounts[i + 1 :]:
                assert (one < other).any() and (other < one).any()
                most = max(most, float(information((one - other)[None], costs)[0]))
    asked = model.ask(planner, [GRENOBLE, TOULOUSE])
    assert asked.information == pytest.approx(most)


def test_an_answer_moves_the_model_towards_it(planner: mp.Planner, model: mp.ChoiceModel) -> None:
    question = model.ask(planner, [GRENOBLE])
    before = model.predict_proba(question.answer("A"))
    model.update(question.answer("B"))
    after = model.predict_proba(question.answer("A"))
    assert after[1] > before[1]
    again = model.ask(planner, [GRENOBLE], asked=[question])
    assert again.situation != question.situation


def test_a_question_is_one_sentence_in_plain_words(
    planner: mp.Planner, model: mp.ChoiceModel
) -> None:
    question = model.ask(planner, [GRENOBLE])
    one, other = question.journeys
    assert one.departure <= other.departure
    option = r"\((\d\d:\d\d → \d\d:\d\d, with[^()]*?\d+( to \d+)? €[^()]*)\)"
    begin = "Rennes to Grenoble, 24 Mar from 08:00: would you rather take "
    assert re.fullmatch(rf"{begin}A {option} or B {option}\?", str(question))
    french = question.sentence("fr")
    assert french.startswith("De Rennes à Grenoble, le 24/03 à partir de 8 h 00 : prendriez-vous")
    assert str(model.ask(planner, [GRENOBLE], words="fr")) == french
    with pytest.raises(mp.InvalidQuery, match="'de'"):
        model.ask(planner, [GRENOBLE], words="de")


def test_a_question_in_a_context_is_answered_there(
    planner: mp.Planner, model: mp.ChoiceModel
) -> None:
    question = model.in_context("leisure").ask(planner, [GRENOBLE])
    model.update(question.answer(1))
    assert model.contexts_ == ("leisure",)


def test_answers_are_remembered_and_forgotten_under_their_name(planner: mp.Planner) -> None:
    memory = mp.Memory(mp.Traveller.preset("standard"))
    question = memory.model.ask(planner, [GRENOBLE])
    memory.add(question.answer("A"))
    assert memory.situations == (question.situation,)
    memory.forget(question.situation)
    assert memory.model.n_situations_ == 0


def test_trips_are_sampled_where_none_are_given(planner: mp.Planner, model: mp.ChoiceModel) -> None:
    first, again = (
        [offer.trip for offer in sampled(planner, model, random_state=3, n=2)] for _ in "12"
    )
    assert first == again and len(first) == 2
    assert model.ask(planner, random_state=3).information > 0


def test_what_is_no_choice_or_no_answer_is_refused(model: mp.ChoiceModel) -> None:
    line = toy(trip("A 08:00", "B 08:30"), trip("A 08:10", "B 09:50")).planner()
    with pytest.raises(mp.NoJourney, match="no choice"):
        model.ask(line, [("A", "B", "2026-06-02 08:00")])
    two = toy(trip("A 08:00", "B 09:30"), trip("A 08:40", "B 09:40")).planner()
    with pytest.raises(mp.InvalidQuery, match="not before"):
        model.ask(two, [("A", "B")])
    question = model.ask(two, [("A", "B", "2026-06-02 08:00")])
    assert np.isfinite(question.information)
    for taken in ("C", "", 2, None):
        with pytest.raises(mp.InvalidQuery, match="'A' or 'B'"):
            question.answer(taken)  # type: ignore[arg-type]
