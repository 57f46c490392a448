"""Why an answer is empty, and the least that gives one: by hand, and verified on a lattice."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_timetables import Case, cases, examples, planner_of
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.journeys.diagnosis import Relaxation

DAY, MORNING = "2026-06-02", "2026-06-02 07:00"
PLAIN = mp.TransferRules.plain(300)
LINE = (
    trip("A 08:00", "B 08:30/08:32", "C 09:00/09:02", "D 09:30", number="1"),
    trip("C 09:10", "E 10:00", number="2", brand="TGV INOUI", line="G"),
    trip("B 09:00", "E 10:10", number="4", brand="Bus", line="K", route_type=3),
    trip("D 09:45", "E 10:05", number="5"),
)


def empty(**options: Any) -> mp.JourneySet:
    planner = toy(*LINE).planner(PLAIN)
    found = planner.earliest_arrival("A", "E", **({"depart": MORNING} | options))
    assert not found and found.diagnosis
    return found


def relaxed(found: mp.JourneySet) -> list[tuple[str, str]]:
    return [(one.field, one.words) for one in found.diagnosis.relaxations]


# ------------------------------------------------------------------ needs


def test_the_sentence_names_the_limits_and_what_gives_a_journey() -> None:
    found = empty(needs=mp.Needs(max_transfers=0))
    assert str(found.diagnosis) == (
        "no journey from A to E within these limits: no change; what would give one: "
        "at most 1 change (2026-06-02 08:00 to 10:00)"
    )
    with pytest.raises(mp.NoJourney, match="at most 1 change"):
        _ = found.best
    [one] = found.diagnosis.relaxations
    assert one.needs == mp.Needs(max_transfers=1)
    assert [leg.train_number for leg in one.journey.legs] == ["1", "2"]


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"max_wait": "3 min"}, [("max_wait", "no wait longer than 10 min")]),
        ({"max_wait": "9 min 59 s"}, [("max_wait", "no wait longer than 10 min")]),
        ({"max_duration": "1 h"}, [("max_duration", "no longer than 2 h")]),
        ({"avoid": {"trains": [1]}}, [("avoid.trains", "with the train '1' allowed")]),
        ({"avoid": {"trains": [1, 4]}}, [("avoid.trains", "with the train '1' allowed")]),
        ({"avoid": {"change_at": ["B", "C", "D"]}},
         [("avoid.change_at", "with changes at 'C' allowed")]),
        ({"avoid": {"stations": ["B", "C"]}}, []),
        ({"avoid": {"stations": "A"}}, []),
        ({"only": {"brands": "TER"}, "max_wait": "12 min"},
         [("max_wait", "no wait longer than 15 min"),
          ("only.brands", "with the brand 'TGV INOUI' allowed")]),
        ({"not_before": "08:05"}, [("not_before", "on no train before 08:00")]),
        ({"not_after": "09:30"}, [("not_after", "on no train after 10:00")]),
        ({"not_after": "09:59:30"}, [("not_after", "on no train after 10:00")]),
        ({"via": ["C", "B"]}, [("via", "not by way of C")]),
        ({"extra_transfer_time": "40 min"}, [("extra_transfer_time",
          "25 min more for every change")]),
        ({"transfer_time_factor": 7.0}, [("transfer_time_factor", "6 times as long for changes")]),
        ({"step_free": "require"}, [("step_free", "without the limit 'step-free: require'")]),
        ({"max_transfers": 0, "max_wait": "5 min"},
         [("max_transfers + max_wait", "at most 1 change and no wait longer than 10 min")]),
        ({"max_transfers": 0, "max_wait": "5 min", "max_duration": "1 h"},
         [("max_transfers + max_wait + max_duration",
           "at most 1 change and no wait longer than 10 min and no longer than 2 h")]),
    ],
)  # fmt: skip
def test_each_limit_gives_way_as_little_as_it_can(
    needs: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    if not expected:  # the timetable is not to blame, but what is asked of it
        planner = toy(*LINE).planner(PLAIN)
        found = planner.earliest_arrival("A", "E", depart=MORNING, needs=mp.Needs(**needs))
        assert not found and found.diagnosis.relaxations
        return
    assert relaxed(empty(needs=mp.Needs(**needs))) == expected


def test_walking_gives_way_to_the_minute() -> None:
    """300 m: 355 s, and to the end another 355 s."""
    planner = toy(
        trip("B 08:30", "C 09:00", number="1"),
        place("A", at=(47.0, 5.0)),
        place("B", metres=300, north_of="A"),
    ).planner()
    found = planner.earliest_arrival("A", "C", depart=MORNING, needs=mp.Needs(max_walking="2 min"))
    assert relaxed(found) == [("max_walking", "at most 6 min on foot")]


def test_a_slow_walker_is_told_how_fast_it_would_have_to_be() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("B 08:40", "C 09:00", number="2"),
    ).planner(PLAIN)  # 5 minutes at 3.96 km/h: 10 minutes at 1.98
    found = planner.earliest_arrival("A", "C", depart=MORNING, needs=mp.Needs(pace=1.0))
    assert relaxed(found) == [("pace", "walking at 2 km/h")]


# ------------------------------------------------------------------ bounds of the question


def test_a_bound_gives_way_as_a_limit_does() -> None:
    needs = mp.Needs(max_transfers=1, avoid={"trains": 2})
    found = empty(needs=needs, arrive=f"{DAY} 10:00")
    assert relaxed(found) == [
        ("avoid.trains", "with the train '2' allowed"),
        ("arrive", "arriving by 2026-06-02 10:05"),
    ]
    assert "arriving by 2026-06-02 10:00" in str(found.diagnosis)


def test_who_would_have_to_leave_sooner_is_told_when() -> None:
    found = empty(depart=f"{DAY} 08:10", arrive=f"{DAY} 10:30", needs=mp.Needs(max_transfers=1))
    assert relaxed(found) == [("depart", "leaving at 2026-06-02 08:00")]
    plain = empty(depart=f"{DAY} 08:10", arrive=f"{DAY} 10:30")
    assert relaxed(plain) == [("depart", "leaving at 2026-06-02 08:00")]


def test_of_a_date_nothing_is_said_that_was_not_asked() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", dates="2026-06-03"),
        trip("B 08:00", "A 09:00", number="2", dates=f"{DAY} 2026-06-03"),
        trip("B 12:00", "X 13:00", number="3"),
    ).planner()
    for method in ("latest_departure", "earliest_arrival"):
        found = getattr(planner, method)("A", "B", date=DAY)
        assert str(found.diagnosis) == (
            "no journey from A to B leaves on 2026-06-02: the next one leaves at 2026-06-03 08:00"
        )
        assert relaxed(found) == [("date", "leaving at 2026-06-03 08:00")]
    late = planner.latest_departure("A", "B", date="2026-06-03", depart="2026-06-03 09:00")
    assert str(late.diagnosis) == (
        "the latest departure from A is 2026-06-03 08:00, before depart=2026-06-03 09:00"
    )
    soon = planner.latest_departure("A", "B", arrive="2026-06-03 08:59")
    assert str(soon.diagnosis) == (
        "no journey from A to B arrives by 2026-06-03 08:59: one does at 2026-06-03 09:00"
    )
    lost = planner.latest_departure("X", "A", date=DAY)
    assert "depart=" not in str(lost.diagnosis) and not lost.diagnosis.relaxations


def test_profiles_and_pareto_sets_say_it_too() -> None:
    planner = toy(*LINE).planner(PLAIN)
    needs = mp.Needs(max_transfers=0)
    day = planner.profile("A", "E", date=DAY, needs=needs)
    best = planner.pareto("A", "E", depart=MORNING, needs=needs)
    last = planner.latest_departure("A", "E", date=DAY, needs=needs)
    for found in (day, best, last):
        assert relaxed(found) == [("max_transfers", "at most 1 change")]
    window = planner.profile(
        "A", "E", depart=f"{DAY} 07:00", window="30 min", needs=mp.Needs(max_transfers=1)
    )
    assert relaxed(window) == [("date", "leaving at 2026-06-02 08:00")]


# ------------------------------------------------------------------ when it is found out


def test_nothing_is_asked_again_before_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = empty(needs=mp.Needs(max_transfers=0))
    asked = []
    search = mp.Planner.search
    monkeypatch.setattr(mp.Planner, "search", lambda *args: asked.append(args) or search(*args))
    assert bool(found.diagnosis) and not asked
    assert found.diagnosis.reason and asked
    once = len(asked)
    assert found.diagnosis.relaxations and len(asked) == once
    again = pickle.loads(pickle.dumps(found))
    assert again.diagnosis == found.diagnosis
    assert relaxed(again) == relaxed(found)


# ------------------------------------------------------------------ what needs may name


@pytest.mark.parametrize(
    ("needs", "error", "near"),
    [
        ({"avoid": {"brands": "TGV INOUY"}}, mp.InvalidQuery, "TGV INOUI"),
        ({"only": {"lines": "Q"}}, mp.InvalidQuery, "'K'"),
        ({"avoid": {"trains": 11}}, mp.InvalidQuery, "'1'"),
        ({"avoid": {"operators": "Buss"}}, mp.InvalidQuery, "'Bus'"),
        ({"avoid": {"stations": "Lyon Prat Dieu"}}, mp.UnknownStation, "Lyon Part Dieu"),
        ({"avoid": {"change_at": "Renes"}}, mp.UnknownStation, "Rennes"),
        ({"via": "Renes"}, mp.UnknownStation, "Rennes"),
        ({"only": {"modes": "plane"}}, mp.InvalidQuery, "high speed"),
    ],
)
def test_a_name_that_there_is_not_is_refused_with_near_ones(
    needs: dict[str, Any], error: type[Exception], near: str
) -> None:
    planner = toy(
        *LINE,
        trip("R 08:00", "P 12:00"),
        place("R", title="Rennes"),
        place("P", title="Lyon Part Dieu"),
    ).planner(PLAIN)
    with pytest.raises(error, match=near):
        planner.earliest_arrival("A", "E", depart=MORNING, needs=mp.Needs(**needs))


# ------------------------------------------------------------------ verified

STEP: dict[str, Any] = {
    "max_transfers": 1,
    "max_walking": dt.timedelta(minutes=1),
    "max_wait": dt.timedelta(minutes=1),
    "max_duration": dt.timedelta(minutes=1),
    "extra_transfer_time": -dt.timedelta(minutes=1),
}
TIGHT = {
    "max_transfers": st.integers(0, 1),
    "max_walking": st.sampled_from(("0 min", "2 min")),
    "max_wait": st.sampled_from(("0 min", "1 min")),
    "max_duration": st.sampled_from(("1 min", "4 min")),
    "extra_transfer_time": st.sampled_from(("4 min", "30 min")),
}


@st.composite
def tight(draw: Any) -> mp.Needs:
    names = draw(st.lists(st.sampled_from(sorted(TIGHT)), min_size=1, max_size=3, unique=True))
    values = {name: draw(TIGHT[name]) for name in names}
    if draw(st.booleans()):
        values["avoid"] = {"trains": draw(st.lists(st.sampled_from("123"), min_size=1, max_size=3))}
    return mp.Needs(**values)


@examples(60)
@given(
    cases(most_trips=6),
    st.lists(st.tuples(tight(), st.permutations("ABCDEF"), st.booleans()), min_size=5, max_size=5),
)
def test_what_gives_a_journey_gives_one_and_one_step_less_does_not(
    case: Case, asked: list[tuple[mp.Needs, list[str], bool]]
) -> None:
    planner, _ = planner_of(case)
    for needs, places, back in asked:
        method = planner.latest_departure if back else planner.earliest_arrival
        bounds = {"depart": f"{DAY} 08:00", "arrive": f"{DAY} 23:00"}
        ask = partial(method, *places[:2], **bounds)
        try:
            found = ask(needs=needs)
        except (mp.UnknownStation, mp.InvalidQuery, mp.OutsideCalendar):
            continue
        if not found:
            assert_the_least(ask, needs, found)


def assert_the_least(ask: Callable[..., mp.JourneySet], needs: mp.Needs, found: Any) -> None:
    """Each relaxation gives its journey, one step less gives none; nor do other limits alone."""
    conflicts, relaxations = found.diagnosis.conflicts, found.diagnosis.relaxations
    for one in relaxations:
        if {"arrive", "depart"} & set(one.field.split(" + ")):
            continue
        assert ask(needs=one.needs).best == one.journey, one
        for less in one_step_less(needs, one):
            assert not ask(needs=less), (one, less)
    blamed = {limit.field for limit in conflicts} if len(conflicts) == len(relaxations) else set()
    for field in {limit.field for limit in needs.limits()} - blamed:
        assert not ask(needs=needs.without(field)), field


def one_step_less(needs: mp.Needs, relaxed: Relaxation) -> list[mp.Needs]:
    """The relaxed needs, each eased limit one step nearer to what it was."""
    found = []
    for field in relaxed.field.split(" + "):
        value, before = getattr(relaxed.needs, field.split(".")[0]), getattr(needs, field, None)
        if field in STEP:
            if value is None:  # no extra time
                nearer = dt.timedelta(minutes=1)
            else:
                nearer = value - STEP[field]
            tighter = max(nearer, before) if field != "extra_transfer_time" else min(nearer, before)
            found.append(relaxed.needs.replace(**{field: tighter}))
        else:
            found.append(relaxed.needs.replace(avoid=needs.avoid))
    return found


def test_what_would_be_enough_keeps_to_the_price() -> None:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    asked: dict[str, Any] = {"depart": "2026-03-24 08:00", "draws": 0}
    needs = mp.Needs(max_price=67, max_duration="3 h")
    none = planner.plan("Rennes", "Lyon", **asked, needs=needs)
    relaxation = none.diagnosis.relaxations[0]
    eased = relaxation.needs.replace(max_price=67)
    found = planner.plan("Rennes", "Lyon", **asked, needs=eased)
    assert found
    assert found.best.duration == eased.max_duration
    less = eased.replace(max_duration=eased.max_duration - dt.timedelta(minutes=1))
    assert not planner.plan("Rennes", "Lyon", **asked, needs=less)
