"""The lab: tables become tidy, simulated travellers choose as they say, metrics are by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobiplan.errors import InvalidChoices, InvalidQuery
from mobiplan.lab import (
    LEARNERS,
    METRICS,
    POPULATIONS,
    USE_CASES,
    SimulatedTraveller,
    from_long,
    from_wide,
    replay,
    run,
    simulated,
)
from mobiplan.lab.learners import with_traveller, without_contexts
from mobiplan.lab.metrics import Answer, calibration_curve
from mobiplan.lab.simulation import TYPICAL, VIOLATIONS, offers
from mobiplan.traveller.choices import read
from mobiplan.traveller.learning import learn

WIDE = pd.DataFrame(
    {
        "who": [7, 7, 8],
        "took": ["rail", "coach", "rail"],
        "rail_min": [90, 80, 70],
        "coach_min": [95, 200, 60],
        "coach_runs": [0, 1, 1],
    }
)
OPTIONS = {"rail": {"riding": "rail_min", "rails": 1.0}, "coach": {"riding": "coach_min"}}


def test_a_wide_table_has_a_row_per_option_offered() -> None:
    tidy = from_wide(WIDE, OPTIONS, chosen="took", person="who", available={"coach": "coach_runs"})
    assert tidy.to_dict("list") == {
        "situation": [0, 1, 1, 2, 2],
        "option": ["rail", "rail", "coach", "rail", "coach"],
        "chosen": [True, False, True, True, False],
        "person": [7, 7, 7, 8, 8],
        "riding": [90.0, 80.0, 200.0, 70.0, 60.0],
        "rails": [1.0, 1.0, 0.0, 1.0, 0.0],
    }


def test_a_wide_table_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidChoices, match="no column fare"):
        from_wide(WIDE, {"rail": {"euros": "fare"}}, chosen="took")
    with pytest.raises(InvalidChoices, match="row 1: took='coach'"):
        from_wide(WIDE, {"rail": {"riding": "rail_min"}}, chosen="took")
    with pytest.raises(InvalidChoices, match="row 1"):  # taken where it was not offered
        available = WIDE.assign(coach_runs=0)
        from_wide(available, OPTIONS, chosen="took", available={"coach": "coach_runs"})


def test_long_and_wide_are_one() -> None:
    tidy = from_wide(WIDE, OPTIONS, chosen="took", person="who")
    renamed = {"situation": "case", "option": "mode", "chosen": "took", "person": "id"}
    long = tidy.rename(columns=renamed).assign(note="x")
    back = from_long(long, ["riding", "rails"], **renamed)
    pd.testing.assert_frame_equal(back[list(tidy.columns)], tidy)
    with pytest.raises(InvalidChoices, match="no column cost"):
        from_long(long, ["cost"], **renamed)


@given(st.integers(0, 500))
def test_no_option_offered_is_better_in_every_respect(seed: int) -> None:
    for _, shown in offers(3, seed).groupby("situation"):
        amounts = shown[list(TYPICAL)].to_numpy()
        assert len(amounts) >= 2
        for one in amounts:
            assert not any((o <= one).all() and (o < one).any() for o in amounts)


def test_a_careful_traveller_takes_the_option_of_least_cost() -> None:
    traveller = SimulatedTraveller(TYPICAL, cost_of_a_minute=1e6)
    answered = traveller.choose(offers(50, 1), 1)
    cost = sum(weight * answered[name] for name, weight in TYPICAL.items())
    assert answered["_minutes"].to_numpy() == pytest.approx(cost.to_numpy())
    least = answered.groupby("situation")["_minutes"].transform("min")
    assert (answered["chosen"] == (answered["_minutes"] == least)).all()


def test_choices_follow_the_logit() -> None:
    shown = pd.DataFrame(
        {"situation": np.repeat(np.arange(20_000), 2), "option": np.tile([0, 1], 20_000)}
    ).assign(**{name: 0.0 for name in TYPICAL})
    shown.loc[shown["option"] == 1, "riding"] = 20.0
    taken = SimulatedTraveller(TYPICAL, 0.05).choose(shown, 3)["chosen"].to_numpy()[::2].mean()
    assert taken == pytest.approx(1 / (1 + np.exp(-1.0)), abs=0.01)


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_violation_changes_choices_and_keeps_one_per_situation(violation: str) -> None:
    shown = offers(300, 1)
    straight = SimulatedTraveller(TYPICAL).choose(shown, 2)
    bent = SimulatedTraveller(TYPICAL, violation=violation).choose(shown, 2)
    assert (bent.groupby("situation")["chosen"].sum() == 1).all()
    assert (bent["_minutes"] == straight["_minutes"]).all()
    assert (bent["chosen"] != straight["chosen"]).any()


@pytest.mark.parametrize("name", POPULATIONS)
def test_a_population_is_the_same_for_the_same_seed(name: str) -> None:
    first, again, other = (POPULATIONS[name](4, seed) for seed in (1, 1, 2))
    assert [one.weights for one in first] == [one.weights for one in again]
    assert first[0].weights != other[0].weights
    assert len({one.weights["transfers"] for one in first}) == 4


def answer(probability: list[float], chosen: int, **more: object) -> Answer:
    n = len(probability)
    taken = [int(i == chosen) for i in range(n)]
    choices = read({"situation": [0] * n, "chosen": taken, "riding": np.arange(float(n))})
    fields = {"minutes": None, "weights": None, "model": None, **more}
    return Answer(choices, np.array(probability), **fields)  # type: ignore[arg-type]


def test_metrics_by_hand() -> None:
    one = answer([0.1, 0.2, 0.3, 0.4], 2, minutes=np.array([50.0, 40.0, 60.0, 70.0]))
    assert METRICS["top_1"](one).tolist() == [0.0]  # type: ignore[union-attr]
    assert METRICS["top_3"](one).tolist() == [1.0]  # type: ignore[union-attr]
    assert METRICS["log_loss"](one) == pytest.approx(-np.log(0.3))
    assert METRICS["regret_min"](one).tolist() == [30.0]  # type: ignore[union-attr]
    assert METRICS["top_1"](answer([0.5, 0.5], 1)).tolist() == [0.5]  # type: ignore[union-attr]
    assert METRICS["top_3"](answer([0.1, 0.9], 0)).tolist() == [1.0]  # type: ignore[union-attr]
    assert np.isfinite(METRICS["log_loss"](answer([0.0, 1.0], 0))).all()  # type: ignore[arg-type]
    assert METRICS["regret_min"](answer([0.5, 0.5], 0)) is None
    assert METRICS["coverage_90"](answer([0.5, 0.5], 0)) is None


def test_coverage_by_hand() -> None:
    """The 90 % interval of a transfer at 15 with spread 0.5 is 6.6 to 34."""
    model = learn(None, {"riding": 1, "transfers": 15}, spread=0.5)
    for weight, covered in {6.0: 0.0, 7.0: 1.0, 33.0: 1.0, 35.0: 0.0}.items():
        one = answer([0.5, 0.5], 0, weights={"riding": 1, "transfers": weight}, model=model)
        assert METRICS["coverage_90"](one).tolist() == [covered]  # type: ignore[union-attr]


def test_calibration_by_hand() -> None:
    curve = calibration_curve(np.array([0.0, 0.05, 1.0, 0.95]), np.array([0.0, 1.0, 1.0, 0.0]))
    assert curve.to_dict("list") == {
        "said": [pytest.approx(0.025), pytest.approx(0.975)],
        "taken": [0.5, 0.5],
        "options": [2, 2],
    }


def test_a_replay_never_shows_a_learner_what_it_is_to_foretell() -> None:
    table = pd.concat(
        [
            SimulatedTraveller(TYPICAL).choose(offers(6, who), who).assign(person=who)
            for who in range(7)
        ]
    )
    table["situation"] = table["person"].astype(str) + " " + table["situation"].astype(str)
    splits = list(replay("toy", table, first=4, folds=3, seeds=2).splits())
    assert len(splits) == 6
    seen: list[str] = []
    for split in splits:
        shown = {s for own in split.others for s in own["situation"]}
        for person in split.people:
            own, held = set(person.answered["situation"]), set(person.held_out["situation"])
            assert len(own) == 4 and len(held) == 2 and not own & held
            assert not shown & (own | held)
            seen.append(person.name)
    assert sorted(seen) == sorted([str(who) for who in range(7)] * 2)
    with pytest.raises(InvalidQuery, match="at least 9"):
        replay("toy", table, folds=9)
    with pytest.raises(InvalidQuery, match="person"):
        replay("toy", table.drop(columns="person"))


def test_anyone_s_learner_can_be_plugged_in_with_anyone_s_metric() -> None:
    """An oracle foretells by what nobody else is shown; a coin knows nothing."""

    def coin(others: object, yardstick: str) -> object:
        sizes = lambda t: t.groupby("situation")["situation"].transform("size")  # noqa: E731
        model = SimpleNamespace(predict_proba=lambda t: 1 / sizes(t).to_numpy(float))
        return lambda own: model

    def options(one: Answer) -> np.ndarray:
        return np.diff(one.choices.first).astype(float)

    use_case = simulated("ten", n_people=10, first=4, held_out=10)
    learners = {"coin": coin, "learned": LEARNERS["learned"]}
    report = run(use_case, learners, answers=(0, 4), metrics={**METRICS, "options": options})  # type: ignore[arg-type]
    assert report.value("ten", "coin", 0, "log_loss") == report.value("ten", "coin", 4, "log_loss")
    assert report.value("ten", "learned", 4, "top_1") > report.value("ten", "coin", 4, "top_1")
    assert 2 <= report.value("ten", "coin", 0, "options") <= 4
    assert report.to_frame().columns.tolist() == [
        "use_case", "learner", "answers", "metric", "value", "cases",
    ]  # fmt: skip
    assert report.calibration("ten", "coin", 0)["options"].sum() == len(
        report.said["ten", "coin", 0][0]
    )
    with pytest.raises(InvalidQuery, match="no regret_min of nobody"):
        report.value("ten", "nobody", 0, "regret_min")


def test_a_run_is_the_same_again() -> None:
    use_case = simulated("three", "violating", n_people=3, first=3, held_out=5)
    first, again = (run(use_case, {"learned": LEARNERS["learned"]}, answers=(2,)) for _ in "12")
    assert first.rows == again.rows


@pytest.mark.parametrize("name", USE_CASES)
def test_every_use_case_has_people_to_foretell(name: str) -> None:
    split = next(USE_CASES[name]().splits())
    assert split.people and len(read(split.people[0].held_out).situations) >= 20
    assert "_minutes" in split.people[0].held_out


def test_intervals_cover_and_learning_is_never_worse_than_the_prior() -> None:
    """200 travellers around the prior's weights; limits of the issue, and noise of their mean."""
    use_case = simulated("200", n_people=200, first=20, held_out=20)
    learners = {"preset": LEARNERS["traveller"], "learned": LEARNERS["learned"]}
    report = run(use_case, learners, answers=(1, 4, 20))
    for n in (1, 4, 20):
        assert 0.85 <= report.value("200", "learned", n, "coverage_90") <= 0.95
        prior = report.value("200", "preset", n, "log_loss")
        assert report.value("200", "learned", n, "log_loss") <= prior
    regret = {name: report.value("200", name, 20, "regret_min") for name in learners}
    assert regret["learned"] <= 0.5 * regret["preset"]
    curve = report.calibration("200", "learned", 20, bins=5)
    assert curve["taken"].to_numpy() == pytest.approx(curve["said"].to_numpy(), abs=0.06)


def test_pooling_by_context_beats_one_model_for_both() -> None:
    """Travellers who weigh otherwise at leisure; after 10 choices in each context."""
    contexts = ("commute", "leisure")
    use_case = simulated(
        "both", "two contexts", n_people=100, first=10, held_out=20, contexts=contexts
    )
    single = without_contexts(with_traveller())
    report = run(use_case, {"single": single, "by context": with_traveller()}, answers=(20,))
    by_context = report.value("both", "by context", 20, "regret_min")
    assert by_context <= 0.8 * report.value("both", "single", 20, "regret_min")
