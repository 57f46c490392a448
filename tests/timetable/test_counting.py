"""One of anything is said in the singular, wherever something is summed up."""

from __future__ import annotations

import re

from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.timetable.counting import counted

DAY = "2026-06-02"

#: "1 stations", but not "21 stations", "0.1 seconds" or "platform 1".
ONE_OF_MANY = re.compile(r"(?<![\d.,:])1 [a-z]{2,}s\b")


def summaries() -> dict[str, str]:
    """All that is printed of a timetable with one trip, of one hop, and of what is asked of it."""
    lonely = toy(
        trip("A 08:00", "B 09:00", number="1"),
        place("A", at=(47.0, 5.0)),
        place("B", at=(47.5, 5.0)),
    ).load()
    planner = mp.Planner(lonely)
    day = planner.profile("A", "B", date=DAY)
    plan = planner.plan("A", "B", depart=f"{DAY} 07:00", draws=2)
    three = toy(
        trip("A 08:00", "B 08:30/08:31", "C 09:00", number="1"),
        trip("C 09:10", "D 10:00", number="2"),
    ).planner(mp.TransferRules.plain(300))
    changing = three.earliest_arrival("A", "D", depart=f"{DAY} 07:00")
    here = planner.reach("B", depart=f"{DAY} 07:00", within="30 min")
    found = {
        "timetable": lonely,
        "planner": planner,
        "graph": day.graph,
        "edit": lonely.edit().remove(trains="1"),
        "fares": planner.attributes.fares(),
        "emissions": planner.attributes.emissions,
        "access": planner.attributes.access,
        "reach": here,
        "profile": day,
        "plan": plan,
        "journey": plan.best,
        "why": plan.best.why(),
        "one change": changing,
        "journey with a change": changing.best,
        "no journey": planner.plan("A", "B", date=DAY, needs=mp.Needs(max_price=1)),
        "station": planner.station("A"),
    }
    told = {name: repr(one) for name, one in found.items()}
    for name, one in found.items():
        if hasattr(one, "_repr_html_"):
            told[f"{name} as HTML"] = re.sub(r"<style>.*?</style>|<[^>]+>", " ", one._repr_html_())
    return told


def test_one_of_anything_is_singular() -> None:
    told = summaries()
    assert "1 trip, 1 hop," in told["timetable"]
    assert told["profile"].splitlines()[0].endswith(": 1 journey")
    assert "1 change" in told["journey with a change"] and "1 stop" in told["one change as HTML"]
    for name, text in told.items():
        assert not ONE_OF_MANY.findall(text), name


def test_numbers_are_counted() -> None:
    said = [counted(n, "stop") for n in (0, 1, 2, 1000)]
    assert said == ["0 stops", "1 stop", "2 stops", "1,000 stops"]
    assert ONE_OF_MANY.search("1 trips") and not ONE_OF_MANY.search("21 trips, 0.1 trips, 1 trip")
