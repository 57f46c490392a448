"""Random toy feeds for hypothesis: few places, few minutes, so that everything collides."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hypothesis import assume, settings
from hypothesis import strategies as st
from naive import World
from timetables import ToyFeed, place, toy, transfer, trip

import mobiplan as mp

FIRST, SECOND = "2026-06-02", "2026-06-03"
STATIONS = ("A", "B", "C", "D", "E", "F")
#: B has two platforms; F lies 300 m from C, E 400 m from F, so that C and E are apart.
STOPS = ("A", "B:1", "B:2", "C", "D", "E", "F")
PLACES = tuple(
    place(name, at=at)
    for name, at in {"C": (47.0, 5.0), "F": (47.0027, 5.0), "E": (47.0063, 5.0)}.items()
)
#: brand, line, route type: a line belongs to one brand, some brands close their doors early.
LINES = (
    ("TER", "t", 2),
    ("TER", "u", 2),
    ("TGV INOUI", "g", 101),
    ("Navette", "n", 3),
    ("Bus", "c", 3),
    ("Metro", "m", 1),
)
MARKS = ("",) * 6 + (
    " no boarding",
    " no alighting",
    " no boarding, no alighting",
    " boarding by phone",
)


def examples(n: int) -> settings:
    """So many examples, unless MOBIPLAN_EXAMPLES asks for more (see conftest.py)."""
    return settings(max_examples=int(os.environ.get("MOBIPLAN_EXAMPLES", n)))


minutes = st.sampled_from((0, 0, 0, 1, 1, 2, 3, 5, 8))


@dataclass(frozen=True)
class Case:
    """A feed and the rules it is loaded with."""

    feed: ToyFeed
    rules: mp.TransferRules

    def __repr__(self) -> str:
        plain = mp.TransferRules().to_dict()
        changed = {k: v for k, v in self.rules.to_dict().items() if v != plain[k]}
        options = ", ".join(f"{name}={value!r}" for name, value in changed.items())
        return f"{self.feed!r}.planner(TransferRules({options}))"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def trips(draw: Any, number: int, before: list[Any]) -> Any:
    """A trip from anywhere, or one that goes on where and when an earlier one calls."""
    brand, line, route_type = draw(st.sampled_from(LINES))
    stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
    if before and draw(st.booleans()):
        call = draw(st.sampled_from(draw(st.sampled_from(before)).args[1:]))
        stops[0], times = call.split()[:2]
        hours, start = times.split("/")[0].split(":")
        now = int(hours) * 60 + int(start) + draw(st.integers(0, 4))
    else:
        now = draw(st.sampled_from((8 * 60, 8 * 60, 8 * 60, 23 * 60 + 50, 24 * 60, 0)))
        now += draw(st.integers(0, 25))
    calls = []
    for stop in stops:
        arrival = now
        now += draw(minutes)
        times = clock(arrival) if arrival == now else f"{clock(arrival)}/{clock(now)}"
        calls.append(f"{stop} {times}{draw(st.sampled_from(MARKS))}")
        now += draw(minutes)
    options: dict[str, Any] = {"number": str(number), "brand": brand, "line": line}
    options["route_type"] = route_type
    options["dates"] = draw(st.sampled_from((FIRST, FIRST, f"{FIRST} {SECOND}", SECOND)))
    block = draw(st.sampled_from(("", "", "", "x", "y")))
    if block:
        options["block"] = block
    return trip(*calls, **options)


@st.composite
def privileges(draw: Any, items: list[Any]) -> Any:
    """A rule between two trips that meet, or between any two where none meet."""
    pairs = [
        (one, two, come.split()[0], go.split()[0])
        for one in items
        for two in items
        for come in one.args[1:]
        for go in two.args[:-1]
        if one is not two and come[0] == go[0]
    ]
    if not pairs:
        return draw(rules_between(items, types=(4, 5, 1, 2)))
    one, two, *ends = draw(st.sampled_from(pairs))
    options = {"from_trip": one.options["number"], "to_trip": two.options["number"]}
    kind = draw(st.sampled_from((4, 4, 4, 5, 1, 1, 2, 0, 3)))
    if kind == 2 and draw(st.integers(0, 3)):
        options["seconds"] = draw(st.sampled_from((0, 60, 180, 600)))
    if kind in (4, 5) and draw(st.booleans()):
        ends = ["", ""]
    return transfer(*ends, type=kind, **options)


@st.composite
def rules_between(draw: Any, items: list[Any], types: tuple[int, ...] = (0, 1, 2, 2, 3)) -> Any:
    """One row of transfers.txt at any level; the stops are those of trips where one is named."""
    kind = draw(st.sampled_from(types))
    options: dict[str, Any] = {"type": kind}
    if kind == 2 and draw(st.integers(0, 5)):
        options["seconds"] = draw(st.sampled_from((0, 60, 120, 240, 600)))
    used = {item.options["line"] for item in items}
    ends = []
    for side in ("from", "to"):
        level = draw(st.sampled_from(("stop", "stop", "line", "trip")))
        item = draw(st.sampled_from(items))
        calls = item.args[1:] if side == "from" else item.args[:-1]
        stop = draw(st.sampled_from(calls)).split()[0]
        if level == "trip" or kind >= 4:
            options[f"{side}_trip"] = item.options["number"]
            if draw(st.integers(0, 5)) == 0:
                options[f"{side}_line"] = item.options["line"]
        elif level == "line":
            options[f"{side}_line"] = draw(st.sampled_from(sorted(used)))
        if draw(st.integers(0, 3)) == 0:
            stop = stop.split(":")[0]
        if kind >= 4 and draw(st.integers(0, 2)) == 0:
            stop = ""
        ends.append(stop)
    return transfer(*ends, **options)


@st.composite
def cases(draw: Any, most_trips: int = 9, most_rules: int = 5) -> Case:
    n = draw(st.integers(2, most_trips))
    items: list[Any] = []
    for number in range(1, n + 1):
        items.append(draw(trips(number, items)))
    rows = draw(st.lists(rules_between(items), max_size=most_rules))
    rows += draw(st.lists(privileges(items), max_size=3))
    rules = mp.TransferRules(
        small=draw(st.sampled_from((0, 0, 60, 120, 300))),
        medium=180,
        large=draw(st.sampled_from((60, 240))),
        medium_from=draw(st.sampled_from((2, 4, 100))),
        large_from=draw(st.sampled_from((5, 200))),
        coach=draw(st.sampled_from((0, 300))),
        shuttle=60,
        metro=draw(st.sampled_from((0, 60))),
        reach_m=draw(st.sampled_from((0.0, 500.0))),
        door_closing=draw(st.sampled_from(({}, {"TGV INOUI": 120}, {"TER": 60, "Metro": 240}))),
        city_changes=False,
    )
    return Case(toy(*items, *rows, *PLACES), rules)


def planner_of(case: Case) -> tuple[mp.Planner, World]:
    """A planner and its twin; rules that contradict each other are another test's matter."""
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    world = World(timetable)
    assume(not world.contradicts_itself())
    return mp.Planner(timetable), world
