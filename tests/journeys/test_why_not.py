"""`why_not()`: differences add up; each tipping point turns the ranking, there and not before.

A weight's tipping point is verified by planning again with the weight, a timetable's by planning
again on a timetable that was altered by so many minutes, a fare's by planning again with a
surcharge.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_timetables import Case, cases, examples, planner_of
from timetables import toy, trip

import mobiplan as mp
from mobiplan.journeys.contrast import CONTRAST_COLUMNS, TIE_MIN, TIPPING_COLUMNS, Contrast
from mobiplan.planner.tipping import plan_with, with_weight
from mobiplan.traveller.presets import PRESETS

DATE, TOY_DATE = "2026-03-24", "2026-06-02"
QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Rennes", "Nice", {"depart": f"{DATE} 08:00"}),
    ("Lille", "Grenoble", {"arrive": f"{DATE} 19:00"}),
    ("Brest", "Strasbourg", {"depart": f"{DATE} 06:00", "window": "4 h"}),
    ("Saint-Malo", "Lyon", {"depart": f"{DATE} 20:00"}),
    ("Saint-Malo", "Grenoble", {"depart": f"{DATE} 06:00", "wish_arrive": f"{DATE} 16:00"}),
)
NO_FARES = {"before_departure": 0.5, "waiting": 1.5, "transfers": 16.0}


@cache
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


@cache
def contrasts(preset: str) -> list[Contrast]:
    """Every pair of every set, either way round."""
    found = []
    for origin, destination, when in QUESTIONS:
        journeys = planner().plan(origin, destination, traveller=preset, draws=32, **when)
        for one, other in combinations(journeys, 2):
            found += [one.why_not(other), other.why_not(one)]
    return found


def cost(journey: mp.Journey, traveller: mp.Traveller) -> float:
    return journey.why(traveller).cost


def turned(contrast: Contrast, traveller: mp.Traveller) -> bool:
    """Whether a traveller would rather take the journey that is behind."""
    return cost(contrast.behind, traveller) < cost(contrast.ahead, traveller)


def of(contrast: Contrast) -> dict[str, float]:
    """Bounds by what is changed, or by the feature whose weight is."""
    return {
        point.feature if point.change == "weight" else point.change: point.bound
        for point in contrast.tipping_points
    }


def two_ways(
    *, fast: str = "10:00", slow: str = "10:20", **weights: float
) -> tuple[mp.Journey, mp.Journey]:
    """A train with a change, and a direct one that is slower."""
    feed = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("B 09:10", f"C {fast}", number="2"),
        trip("A 08:00", f"C {slow}", number="3"),
    )
    me = mp.Traveller.from_weights({**NO_FARES, **weights})
    journeys = feed.planner().plan("A", "C", depart=f"{TOY_DATE} 08:00", traveller=me)
    by_train = {journey.legs[0].train_number: journey for journey in journeys}
    if len(by_train) < 2:  # one of the two serves everybody near
        day = feed.planner()
        by_train |= {
            number: day.plan(
                *("A", "C"),
                depart=f"{TOY_DATE} 08:00",
                traveller=mp.Traveller.from_weights({**NO_FARES, **weights}),
                needs=mp.Needs(only={"trains": trains}),
                draws=0,
            ).best
            for number, trains in (("1", ["1", "2"]), ("3", ["3"]))
            if number not in by_train
        }
    return by_train["1"], by_train["3"]


# ------------------------------------------------------------------ differences


@pytest.mark.parametrize("preset", PRESETS)
def test_differences_add_up_to_the_difference_of_the_costs(preset: str) -> None:
    for contrast in contrasts(preset):
        costs = contrast.other.cost, contrast.journey.cost
        assert None not in costs
        gap = costs[0] - costs[1]  # type: ignore[operator]
        assert contrast.difference == pytest.approx(gap, abs=1e-9)
        total = math.fsum(row.difference for row in contrast.differences())
        assert total == pytest.approx(gap, abs=1e-9)
        assert contrast.to_frame()["difference"].sum() == pytest.approx(gap, abs=1e-9)


def test_either_way_round_it_is_one_comparison() -> None:
    found = contrasts("standard")
    for there, back in zip(found[::2], found[1::2], strict=True):
        assert there.difference == pytest.approx(-back.difference, abs=1e-9)
        assert there.ahead == back.ahead
        assert of(there) == pytest.approx(of(back))


def test_the_table_shows_what_both_have() -> None:
    for contrast in contrasts("standard"):
        frame = contrast.to_frame()
        assert tuple(frame.columns) == CONTRAST_COLUMNS
        assert frame["difference"].abs().is_monotonic_decreasing
        frame = frame.set_index("feature")
        assert frame.loc["euros", "amount"] == pytest.approx(contrast.journey.price.middle)
        assert frame.loc["euros", "other_amount"] == pytest.approx(contrast.other.price.middle)


# ------------------------------------------------------------------ weights


@pytest.mark.parametrize("preset", PRESETS)
def test_a_weight_turns_the_ranking_beyond_its_bound_and_not_before(preset: str) -> None:
    me, points = mp.Traveller.preset(preset), 0
    for contrast in contrasts(preset):
        for point in contrast.tipping_points:
            if point.change != "weight":
                continue
            points += 1
            away = 1 if point.bound > point.now else -1
            for step, expected in ((1e-7, True), (-1e-7, False)):
                there = with_weight(me, point.feature, point.bound * (1 + away * step))
                assert turned(contrast, there) is expected, point
            for share in (0.0, 0.3, 0.7, 0.99):  # nowhere on the way to it
                weight = point.now + share * (point.bound - point.now)
                assert not turned(contrast, with_weight(me, point.feature, weight)), point
            assert turned(contrast, with_weight(me, point.feature, point.beyond))
    assert points


@pytest.mark.parametrize("preset", PRESETS)
def test_a_weight_that_is_not_named_turns_nothing(preset: str) -> None:
    me = mp.Traveller.preset(preset)
    for contrast in contrasts(preset)[::2]:
        named = {point.feature for point in contrast.tipping_points if point.change == "weight"}
        for name in set(contrast.personal.names) - named:
            for weight in (0.0, 0.01, 1.0, 30.0, 1e4):
                if name == "riding" or weight != me.weights.get(name):
                    other = with_weight(me, name, weight)
                    gap = cost(contrast.behind, other) - cost(contrast.ahead, other)
                    assert gap >= -TIE_MIN, (name, weight)


@pytest.mark.parametrize("preset", PRESETS)
def test_planning_again_agrees(preset: str) -> None:
    """Beyond: the one that was behind, or better. Before: never the one that is behind."""
    me = mp.Traveller.preset(preset)
    for contrast in contrasts(preset)[:8]:
        weights = [point for point in contrast.tipping_points if point.change == "weight"]
        for point in weights[:2]:
            beyond = with_weight(me, point.feature, point.beyond)
            best = contrast.plan_again(point).best
            assert best != contrast.ahead
            assert best.cost <= cost(contrast.behind, beyond) + TIE_MIN
            away = 1 if point.bound > point.now else -1
            short = point.bound * (1 - 1e-5 * away)
            before = plan_with(contrast.journey, me, point.feature, short).best
            assert before != contrast.behind
            there = with_weight(me, point.feature, short)
            assert before.cost <= cost(contrast.ahead, there) + TIE_MIN


def test_the_ranking_within_a_set_planned_again_agrees() -> None:
    journeys = planner().plan("Rennes", "Nice", depart=f"{DATE} 08:00", traveller="standard")
    contrast = journeys[0].why_not(journeys[1])
    [point] = [point for point in contrast.tipping_points if point.feature == "euros"][:1]
    me = with_weight(contrast.personal.traveller, "euros", point.beyond)
    again = planner().plan("Rennes", "Nice", depart=f"{DATE} 08:00", traveller=me)
    order = [journey.id for journey in again]
    assert order.index(contrast.other.id) < order.index(contrast.journey.id)


@examples(60)
@given(cases(most_trips=6), st.data())
def test_bounds_hold_on_random_timetables(case: Case, data: st.DataObject) -> None:
    planner, _ = planner_of(case)
    weight = st.sampled_from((0.0, 0.5, 1.0, 2.0, 5.0))
    names = ("before_departure", "waiting", "walking", "transfers", "euros", "co2", "night")
    me = mp.Traveller.from_weights({name: data.draw(weight, label=name) for name in names})
    one, other = data.draw(st.permutations("ABCD"), label="ends")[:2]
    try:
        found = planner.pareto(
            one, other, depart=f"{case.feed.options.get('date', TOY_DATE)} 08:00"
        )
    except mp.MobiplanError:
        assume(False)
    for mine, theirs in combinations(found, 2):
        contrast = mine.why_not(theirs, me)
        assert contrast.difference == pytest.approx(cost(theirs, me) - cost(mine, me), abs=1e-9)
        if contrast.ties:
            assert contrast.tipping_points == ()
            continue
        for point in contrast.tipping_points:
            if point.change == "weight":
                away = 1 if point.bound > point.now else -1
                there, short = (
                    with_weight(me, point.feature, point.bound * (1 + away * step))
                    for step in (1e-6, -1e-6)
                )
                assert turned(contrast, there)
                assert not turned(contrast, short)


def test_the_smallest_change_comes_first() -> None:
    for preset in ("standard", "climate"):
        for contrast in contrasts(preset):
            weights = [p for p in contrast.tipping_points if p.change == "weight"]
            factors = [abs(math.log(p.factor)) for p in weights if p.now]
            assert factors == sorted(factors)
            assert [bool(p.now) for p in weights] == sorted(bool(p.now) for p in weights)[::-1]


def test_by_hand() -> None:
    """With a change 120 min, of which 10 wait at 1.5 and a change at 16; direct 140 min."""
    with_change, direct = two_ways()
    contrast = direct.why_not(with_change)
    assert cost(with_change, contrast.personal.traveller) == 60 + 15 + 16 + 50
    assert contrast.difference == 1.0
    assert of(contrast) == pytest.approx(
        {
            "transfers": 15.0,  # 1 less
            "waiting": 1.4,  # 10 min of it
            "riding": 1 + 1 / 30,  # 30 min less aboard
            "sooner": 2.0,  # 1 min: a tie
            "later": 2.0,
        }
    )
    assert contrast.sentence() == (
        "The 08:00 arriving at 10:00 costs you 1 min more than the 08:00 arriving at 10:20: −30 "
        "min for the time aboard, +16 min for changing and +15 min for the wait between trains. "
        "You would take the 08:00 arriving at 10:00 rather than the 08:00 arriving at 10:20 if a "
        "minute aboard cost you more than 1.04 min instead of 1 or if it arrived 2 min sooner."
    )
    assert contrast.sentence("fr") == (
        "Le départ de 8 h 00 arrivant à 10 h 00 vous coûte 1 min de plus que le départ de 8 h 00 "
        "arrivant à 10 h 20 : −30 min pour le temps à bord, +16 min pour le changement et +15 min "
        "pour l'attente entre les trains. Vous prendriez le départ de 8 h 00 arrivant à 10 h 00 "
        "plutôt que le départ de 8 h 00 arrivant à 10 h 20 si une minute à bord vous coûtait plus "
        "de 1,04 min au lieu de 1 ou s'il arrivait 2 min plus tôt."
    )


# ------------------------------------------------------------------ the timetable, fares


@pytest.mark.parametrize("transfers", [10.0, 16.0, 22.0, 30.0])
def test_minutes_turn_the_ranking_of_plans_on_an_altered_timetable(transfers: float) -> None:
    """Every minute up to the bound is tried: sooner for the one behind, later for the other."""
    pair = two_ways(transfers=transfers)
    contrast = pair[0].why_not(pair[1])
    bounds = of(contrast)
    numbers = [journey.legs[0].train_number for journey in (contrast.ahead, contrast.behind)]
    arrives = {"1": 600, "3": 620}  # minutes of the day, of the last trains

    def clock(minutes: int) -> str:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    for change, sign, number in (("sooner", -1, numbers[1]), ("later", 1, numbers[0])):
        for minutes in range(1, int(bounds[change]) + 1):
            moved = {**arrives, number: arrives[number] + sign * minutes}
            fast, slow = (clock(moved[each]) for each in ("1", "3"))
            one, other = two_ways(fast=fast, slow=slow, transfers=transfers)
            by_number = {"1": one, "3": other}
            ahead, behind = (by_number[each].cost for each in numbers)
            assert ahead is not None and behind is not None
            turns = behind < ahead - TIE_MIN
            assert turns is (minutes == bounds[change]), (change, minutes)


def test_a_surcharge_turns_plans_just_beyond_the_bound() -> None:
    origin, destination, when = QUESTIONS[0]
    journeys = planner().plan(origin, destination, **when)
    contrast = journeys[0].why_not(journeys[1])
    [dearer] = [point for point in contrast.tipping_points if point.change == "dearer"]
    first = contrast.ahead.legs[0].train_number
    trips = planner().timetable.trips
    [dear] = np.flatnonzero(np.array(trips.number)[:] == first)[:1]

    for extra, expected in ((1.001, True), (0.999, False)):

        def surcharge(
            timetable: mp.Timetable, start: Any, end: Any, euros: float = extra * dearer.bound
        ) -> Any:
            calls = timetable.trips.call_ptr
            aboard = (start >= calls[dear]) & (start < calls[dear + 1])
            return np.where(aboard, euros, 0.0)

        me = mp.Traveller(own={"surcharge": 4.0})
        again = planner().plan(
            *(origin, destination),
            traveller=me,
            criteria=[mp.Criterion("surcharge", per_leg=surcharge)],
            **when,
        )
        order = [journey.id for journey in again]
        rank = {
            name: order.index(name) if name in order else 99
            for name in (contrast.ahead.id, contrast.behind.id)
        }
        assert (rank[contrast.behind.id] < rank[contrast.ahead.id]) is expected


def test_a_train_that_both_end_with_cannot_arrive_sooner_for_one() -> None:
    journeys = planner().plan("Rennes", "Nice", depart=f"{DATE} 08:00")
    one, other = journeys[0], journeys[1]
    assert one.legs[-1].train_number == other.legs[-1].train_number
    changes = {point.change for point in one.why_not(other).tipping_points}
    assert changes == {"weight", "cheaper", "dearer"}


def test_who_must_be_there_in_time_does_not_take_what_arrives_late() -> None:
    planner = toy(
        trip("A 08:00", "B 08:58", number="1"), trip("A 07:00", "B 08:30", number="2")
    ).planner()
    me = mp.Traveller.from_weights({"early": 0.1, "late": 1.0})
    asked = {"arrive": f"{TOY_DATE} 09:00", "traveller": me}
    best = planner.plan("A", "B", **asked, draws=0).best
    slow = planner.plan("A", "B", **asked, draws=0, needs=mp.Needs(avoid={"trains": ["1"]})).best
    assert of(best.why_not(slow))["later"] == 3.0  # 09:01 is too late


# ------------------------------------------------------------------ nothing turns it


def test_what_is_better_in_nothing_cannot_be_made_to_win_by_a_weight() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:40", "C 09:40", number="2"),
        trip("A 08:00", "C 09:00", number="3"),
    ).planner()
    day = planner.profile("A", "C", date=TOY_DATE, needs=mp.Needs(only={"trains": ["1", "2"]}))
    best = planner.plan("A", "C", depart=f"{TOY_DATE} 07:50", draws=0).best
    contrast = best.why_not(
        planner.plan(
            "A", "C", depart=f"{TOY_DATE} 07:50", draws=0, needs=mp.Needs(only={"trains": [1, 2]})
        ).best
    )
    assert day and "weight" not in {point.change for point in contrast.tipping_points}
    assert re.search(
        r"No single change of what things cost you would make you take the 08:00 .+, which is "
        r"better in nothing; but you would if ",
        contrast.sentence(),
    )
    assert "qui n'est meilleur en rien ; mais vous le feriez s" in contrast.sentence("fr")


def test_journeys_that_cost_the_same_have_no_tipping_point() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", "C 09:00", number="1"),
        trip("A 08:00", "D 08:30", "C 09:00", number="2"),
    ).planner()
    me = mp.Traveller.from_weights(NO_FARES)
    asked = {"depart": f"{TOY_DATE} 07:50", "traveller": me, "draws": 0}
    best = planner.plan("A", "C", **asked).best
    taken = mp.Needs(avoid={"trains": best.legs[0].train_number})
    other = planner.plan("A", "C", **asked, needs=taken).best
    contrast = best.why_not(other)
    assert contrast.ties and contrast.tipping_points == ()
    assert re.fullmatch(
        r"The 08:00 by TER \d and the 08:00 by TER \d cost you the same\.", contrast.sentence()
    )
    assert contrast.sentence("fr").endswith(" vous coûtent autant.")


def test_names_tell_by_what_is_not_shared() -> None:
    """By the arrival, else by the trains that only one rides, else by where one changes."""
    feed = toy(
        trip("A 08:00", "B 08:30/08:32", "C 09:00", number="1"),
        trip("B 08:40", "C 09:10/09:15", "D 10:00", number="2"),
        trip("B 08:45", "D 10:00", number="3"),
    )
    planner = feed.planner(mp.TransferRules.plain(300))
    asked = {"depart": f"{TOY_DATE} 07:50", "draws": 0}

    def by(**limits: Any) -> mp.Journey:
        return planner.plan("A", "D", **asked, needs=mp.Needs(**limits)).best

    at_b = by(only={"trains": ["1", "2"]}, avoid={"change_at": ["C"]})
    at_c = by(only={"trains": ["1", "2"]}, avoid={"change_at": ["B"]})
    other = by(only={"trains": ["1", "3"]})
    assert at_b.why_not(at_c).names == ("the 08:00 changing at B", "the 08:00 changing at C")
    assert at_b.why_not(other).names == ("the 08:00 by TER 2", "the 08:00 by TER 3")


# ------------------------------------------------------------------ unknown, needs


def test_an_unknown_fare_gives_no_tipping_point() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", brand="TER"),
        trip("A 08:06", "B 09:01", number="2", brand="Bus", route_type=3),
    ).planner()
    train, bus = planner.profile("A", "B", date=TOY_DATE)
    contrast = train.why_not(bus)
    assert {"euros", "cheaper", "dearer"}.isdisjoint(of(contrast))
    frame = contrast.to_frame().set_index("feature")
    assert math.isnan(frame.loc["euros", "other_amount"])
    assert not math.isnan(frame.loc["euros", "amount"])
    assert frame["difference"].sum() == pytest.approx(contrast.difference)
    assert "for the fare (not known for both)" in contrast.sentence()
    assert "pour le prix (inconnu pour l'un ou l'autre)" in contrast.sentence("fr")
    assert "unknown" in str(contrast) and "unknown" in contrast._repr_html_()


def test_a_journey_of_another_set_is_compared_as_if_it_were_of_this_one() -> None:
    """Other dates, other needs: another graph, the same trains."""
    journeys = planner().plan("Rennes", "Nice", depart=f"{DATE} 08:00")
    contrast = journeys[0].why_not(journeys[1])
    others = planner().plan(
        "Rennes", "Nice", depart=f"{DATE} 08:00", days=5, needs=mp.Needs(max_transfers=2)
    )
    assert others[1] == journeys[1] and others[1].graph is not journeys[1].graph
    again = journeys[0].why_not(others[1])
    assert again.difference == pytest.approx(contrast.difference, abs=1e-9)
    assert of(again) == pytest.approx(of(contrast))


def test_what_needs_rule_out_is_named() -> None:
    when = {"depart": f"{DATE} 08:00"}
    me = mp.Traveller(max_transfers=1)
    best = planner().plan("Rennes", "Nice", traveller=me, draws=0, **when).best
    other = next(
        journey for journey in planner().pareto("Rennes", "Nice", **when) if journey.transfers > 1
    )
    contrast = best.why_not(other)
    assert [limit.field for limit in contrast.ruled_out] == ["max_transfers"]
    assert math.isnan(contrast.difference)
    assert contrast.differences() == [] and contrast.to_frame().empty
    assert contrast.tipping_points == () and contrast.tipping_frame().empty
    assert "is ruled out by what you need: at most 1 change." in contrast.sentence()
    assert "est exclu par ce qu'il vous faut : au plus 1 changement." in contrast.sentence("fr")
    assert "ruled out" in contrast._repr_html_()


def test_of_several_needs_those_that_rule_out_are_named() -> None:
    when = {"depart": f"{DATE} 07:00"}
    fast = planner().plan("Saint-Malo", "Grenoble", draws=0, **when).best
    family = planner().plan("Saint-Malo", "Grenoble", traveller="family", draws=0, **when).best
    contrast = family.why_not(fast)
    assert [limit.field for limit in contrast.ruled_out] == ["extra_transfer_time"]
    wheelchair = planner().plan("Saint-Malo", "Grenoble", traveller="wheelchair", **when).best
    assert "step_free" not in [limit.field for limit in wheelchair.why_not(fast).ruled_out]


def test_what_only_needs_together_rule_out_names_all() -> None:
    """5 min more leave the change of 12 min, and so does a slow pace; both together do not."""
    feed = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:42", "C 09:10", number="2"),
        trip("B 09:30", "C 10:00", number="3"),
    )
    both = {"extra_transfer_time": "4 min", "transfer_time_factor": 1.7}
    when = {"depart": f"{TOY_DATE} 07:50", "draws": 0}
    planner = feed.planner(mp.TransferRules.plain(300))
    quick = planner.plan("A", "C", **when).best
    assert quick.legs[-1].train_number == "2"
    for name, value in both.items():
        assert planner.plan("A", "C", needs=mp.Needs(**{name: value}), **when).best == quick
    slow = planner.plan("A", "C", needs=mp.Needs(**both), **when).best
    assert slow.legs[-1].train_number == "3"
    assert {limit.field for limit in slow.why_not(quick).ruled_out} == both.keys()


# ------------------------------------------------------------------ refused


def test_journeys_that_cannot_be_compared_are_refused() -> None:
    when = {"depart": f"{DATE} 08:00"}
    one, other = planner().plan("Rennes", "Nice", **when)[:2]
    elsewhere = planner().earliest_arrival("Rennes", "Lyon", **when).best
    before = planner().earliest_arrival("Rennes", "Nice", depart=f"{DATE} 05:00").best
    stranger = mp.Planner(mp.sample()).earliest_arrival("Rennes", "Nice", **when).best
    for journey, words in (
        (one, "the same journey"),
        ("the other", "give another journey"),
        (elsewhere, "the destination of one is 'Nice', of the other 'Lyon'"),
        (before, "is not within the times asked for"),
        (stranger, "found by another planner"),
    ):
        with pytest.raises(mp.InvalidQuery, match=words):
            one.why_not(journey)  # type: ignore[arg-type]
    with pytest.raises(mp.InvalidQuery, match="traveller=3"):
        one.why_not(other, 3)  # type: ignore[arg-type]


def test_only_weights_are_planned_with_anew() -> None:
    contrast = contrasts("standard")[0]
    [cheaper] = [point for point in contrast.tipping_points if point.change == "cheaper"]
    with pytest.raises(mp.InvalidQuery, match="only what something costs"):
        contrast.plan_again(cheaper)


# ------------------------------------------------------------------ words, views


@pytest.mark.parametrize("preset", PRESETS)
def test_plain_sentences_in_both_languages(preset: str) -> None:
    said = {
        "en": re.compile(
            r"The .+ (costs you [\d.]+ min more than|suits you better already: it costs you [\d.]+ "
            r"min less than) the .+: .+\. (You would take|No single change) .+\."
        ),
        "fr": re.compile(
            r"Le .+ (vous coûte [\d,]+ min de plus que|vous convient déjà mieux : il vous coûte "
            r"[\d,]+ min de moins que) le .+ : .+\. (Vous prendriez|Aucun changement) .+\."
        ),
    }
    for contrast in contrasts(preset)[:6]:
        for language, expected in said.items():
            sentence = contrast.sentence(language)
            assert expected.fullmatch(sentence), sentence
            assert not re.search(r"[{}]|nan|inf|None|_", sentence)


def test_the_sentence_states_bounds_on_the_side_where_the_ranking_has_turned() -> None:
    for contrast in contrasts("standard"):
        for point in contrast.tipping_points:
            if point.change == "weight":
                assert abs(point.stated - point.now) >= abs(point.bound - point.now) * (1 - 1e-9)
            else:
                assert point.stated >= point.bound * (1 - 1e-9)
            assert point.stated == pytest.approx(point.bound, rel=0.011)


def test_a_third_journey_that_would_be_better_still_is_named() -> None:
    found = [contrast for preset in PRESETS for contrast in contrasts(preset)[:8]]
    told = 0
    for contrast in found:
        weights = [point for point in contrast.tipping_points if point.change == "weight"]
        if not weights:
            continue
        best = contrast.plan_again(weights[0]).best
        third = "would then suit you better still" in contrast.sentence()
        told += third
        assert third is (best != contrast.behind)
    assert 0 < told < len(found)


def test_tables_of_tipping_points() -> None:
    for contrast in contrasts("standard"):
        frame = contrast.tipping_frame()
        assert tuple(frame.columns) == TIPPING_COLUMNS
        assert len(frame) == len(contrast.tipping_points)
        weights = frame[frame["change"] == "weight"]
        changed = weights[weights["now"] > 0]
        assert np.allclose(changed["factor"], changed["bound"] / changed["now"])
        assert frame.loc[frame["change"] != "weight", "factor"].isna().all()


def test_the_notebook_shows_both_amounts() -> None:
    contrast = contrasts("standard")[0]
    html = contrast._repr_html_()
    assert html.count("<tr>") == 1 + len(contrast.differences())
    assert all(f">{name}</th>" in html for name in contrast.names)
    header = str(contrast).splitlines()[2]
    assert all(name in header for name in contrast.names)


def test_a_journey_beyond_the_days_searched_is_refused() -> None:
    asked = {"origin": "Rennes", "destination": "Grenoble"}
    best = planner().plan(**asked, depart=f"{DATE} 08:00").best
    later = planner().earliest_arrival(**asked, depart="2026-03-28 08:00").best
    with pytest.raises(mp.InvalidQuery, match="beyond the 3 service days"):
        best.why_not(later)
