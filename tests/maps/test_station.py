"""A station's page: the board, the places without a change, the changes, the facts."""

from __future__ import annotations

import datetime as dt
import random
from html import unescape

import numpy as np
import pandas as pd
import pytest
from timetables import place, toy, transfer, trip

import mobiplan as mp
from mobiplan.maps.station_facts import ASKED

DATE = "2026-06-02"


def board(planner: mp.Planner, station: str, at: str, n: int = 10) -> list[str]:
    """The departures board as text: "08:00 8601 to C"."""
    rows = planner.station(station).departures(at, n=n).to_dict("records")
    return [f"{r['departure']:%H:%M} {r['train_number']} to {r['direction']}" for r in rows]


def direct(planner: mp.Planner, station: str, date: str = DATE) -> dict[str, tuple[int, str]]:
    """Name -> (trips a day, fastest)."""
    rows = planner.station(station).direct(date).to_dict("records")
    return {r["name"]: (r["trips"], f"{r['fastest'].total_seconds() / 60:g} min") for r in rows}


# ------------------------------------------------------------------ departures


def test_the_board_shows_what_may_be_boarded_from_then_on() -> None:
    planner = toy(
        trip("A 07:59", "B 08:30", number="1"),
        trip("A 08:00", "B 08:30", "C 09:00", number="2"),
        trip("X 07:00", "A 08:05 no boarding", "C 09:10", number="3"),
        trip("X 07:10", "A 08:10", number="4"),
        trip("A 08:20", "C 09:20", number="5"),
    ).planner()
    assert board(planner, "A", f"{DATE} 08:00") == ["08:00 2 to C", "08:20 5 to C"]
    assert board(planner, "A", f"{DATE} 08:00", n=1) == ["08:00 2 to C"]


def test_a_train_of_the_eve_that_is_still_under_way_is_on_the_board() -> None:
    planner = toy(
        trip("X 23:00", "A 24:30", "B 25:00", number="9", dates="2026-06-01"),
        trip("A 08:00", "B 08:30", number="1"),
    ).planner()
    assert board(planner, "A", f"{DATE} 00:00") == ["00:30 9 to B", "08:00 1 to B"]


def test_coupled_trains_are_one_row_with_both_ends() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", "C 10:00", number="2593", brand="TGV INOUI"),
        trip("A 08:00", "B 09:00", "D 10:00", number="2573", brand="TGV INOUI"),
    ).planner()
    assert board(planner, "A", f"{DATE} 07:00") == ["08:00 2573/2593 to D/C"]
    assert direct(planner, "A") == {
        "B": (1, "60 min"),
        "C": (1, "120 min"),
        "D": (1, "120 min"),
    }


def test_an_empty_board_keeps_its_columns() -> None:
    page = toy(trip("A 08:00", "B 08:30")).planner().station("B")
    late = page.departures(f"{DATE} 09:00")
    assert late.empty
    full = toy(trip("A 08:00", "B 08:30")).planner().station("A").departures(f"{DATE} 07:00")
    assert late.columns.tolist() == full.columns.tolist()
    assert late.dtypes["departure"] == full.dtypes["departure"]


@pytest.mark.parametrize(("at", "n"), [("2026-06-02", 5), ("soon", 5), (f"{DATE} 08:00", 0)])
def test_a_board_of_no_time_or_no_row_is_refused(at: str, n: int) -> None:
    page = toy(trip("A 08:00", "B 08:30")).planner().station("A")
    with pytest.raises(mp.InvalidQuery):
        page.departures(at, n=n)
    with pytest.raises(mp.OutsideCalendar):
        page.departures("2030-01-01 08:00")


def test_the_sample_s_board_is_what_the_timetable_says(sample_planner: mp.Planner) -> None:
    """Naively: every call of the day, in plain Python."""
    timetable, at = sample_planner.timetable, "2026-03-24 17:00"
    row = timetable.names.resolve("Rennes")[0]
    trips, calls = timetable.trips, timetable.calls
    day = (dt.date(2026, 3, 24) - timetable.first_date).days
    found = set()
    for t in range(len(trips.route)):
        if not timetable.active[trips.service[t], day]:
            continue
        for call in range(int(trips.call_ptr[t]), int(trips.call_ptr[t + 1]) - 1):
            here = timetable.stops.station[calls.stop[call]] == row and calls.pickup[call] != 1
            if here and calls.departure[call] >= 17 * 3600:
                found.add((int(calls.departure[call]), trips.number[t]))
    table = sample_planner.station("Rennes").departures(at, n=500, days=1)
    said = {
        (r["departure"].hour * 3600 + r["departure"].minute * 60, number)
        for r in table.to_dict("records")
        for number in r["train_number"].split("/")
        if r["departure"].date() == dt.date(2026, 3, 24)
    }
    assert said == {(seconds, number) for seconds, number in found if seconds < 86_400}


# ------------------------------------------------------------------ direct


def test_where_one_gets_without_a_change() -> None:
    planner = toy(
        trip("A 08:00", "B 08:30", "C 09:00 no alighting", "D 10:00"),
        trip("A 12:00", "B 12:20"),
        trip("B 08:40", "E 09:00"),
        trip("A 13:00 no boarding", "E 14:00"),
        trip("A 15:00", "F 16:00", dates="2026-06-03"),
    ).planner()
    assert direct(planner, "A") == {"B": (2, "20 min"), "D": (1, "120 min")}
    assert direct(planner, "A", "2026-06-03") == {"F": (1, "60 min")}
    assert direct(planner, "E") == {}


def test_what_is_direct_is_reached_without_a_transfer(sample_planner: mp.Planner) -> None:
    """The planner's own answer for some of them, and for none that is not on the list."""
    date, chance = "2026-03-24", random.Random(1)
    table = sample_planner.station("Le Mans").direct(date)
    for row in chance.sample(table.to_dict("records"), 6):
        day = sample_planner.profile("Le Mans", row["id"], date=date, transfers=0)
        rides = [j for j in day if j.itinerary.rides]
        assert min(j.duration for j in rides) == row["fastest"]
    others = sorted(set(sample_planner.timetable.stations.id) - set(table["id"]))
    here = sample_planner.station("Le Mans").stations["id"].tolist()
    for id_ in chance.sample([x for x in others if x not in here], 6):
        day = sample_planner.profile("Le Mans", id_, date=date, transfers=0)
        assert not [j for j in day if j.itinerary.rides and not j.itinerary.egress]


# ------------------------------------------------------------------ transfers


def changes(planner: mp.Planner, station: str) -> dict[tuple[str, str], tuple[float, str]]:
    """(brand, brand) -> (minutes, label) within the station."""
    table = planner.station(station).transfers()
    return {
        (r["from_brand"], r["to_brand"]): (r["shortest"].total_seconds() / 60, r["label"])
        for r in table.to_dict("records")
        if r["to_name"] == station
    }


def test_changes_take_what_the_rules_say_and_say_who_says_so() -> None:
    feed = toy(
        trip("A 08:00", "B:1 08:30", brand="TER"),
        trip("B:2 09:00", "C 09:30", brand="TGV INOUI"),
        transfer("B:1", "B:2", minutes=12),
    )
    assert changes(feed.planner(), "B") == {("TER", "TGV INOUI"): (12, "published")}
    unpublished = mp.TransferRules(published=False, small=420)
    assert changes(feed.planner(unpublished), "B") == {("TER", "TGV INOUI"): (7, "assumed")}
    doors = feed.planner().station("B").transfers()["doors_close"].iloc[0]
    assert doors == pd.Timedelta(minutes=2)


def test_a_forbidden_change_is_not_on_the_list() -> None:
    feed = toy(
        trip("A 08:00", "B:1 08:30", brand="TER"),
        trip("B:2 09:00", "C 09:30", brand="TGV INOUI"),
        transfer("B:1", "B:2", type=3),
    )
    assert changes(feed.planner(), "B") == {}


def test_a_walk_to_the_next_station_is_modelled() -> None:
    feed = toy(
        trip("A 08:00", "B 08:30"),
        trip("N 09:00", "C 09:30"),
        place("B", at=(48.0, 2.0)),
        place("N", metres=300, north_of="B"),
    )
    table = feed.planner().station("B").transfers()
    there = table[table["to_name"] == "N"].iloc[0]
    assert there["label"] == "modelled" and "straight line" in there["source"]
    assert there["way"] == pd.Timedelta(seconds=int(np.ceil(300 * 1.3 / 1.1)))


def test_a_change_across_the_city_names_its_source(sample_planner: mp.Planner) -> None:
    table = sample_planner.station("Paris Montparnasse").transfers()
    there = table[table["to_name"] == "Paris Gare de Lyon"].iloc[0]
    assert "metro" in there["source"] and there["label"] in ("published", "modelled")


# ------------------------------------------------------------------ facts


def facts(planner: mp.Planner, given: object = None) -> dict[str, tuple[str, str]]:
    table = planner.station("A", given).facts  # type: ignore[arg-type]
    return {r["fact"]: (r["value"], r["label"]) for r in table.to_dict("records")}


def test_what_nobody_says_is_unknown_and_never_yes_or_no() -> None:
    known = facts(toy(trip("A 08:00", "B 08:30")).planner())
    assert all(known[name] == ("unknown", "unknown") for name in (*ASKED, "wheelchair boarding"))


def test_the_feed_s_own_word_on_wheelchairs_is_published() -> None:
    feed = toy(trip("A 08:00", "B 08:30"), place("A", wheelchair=2))
    assert facts(feed.planner())["wheelchair boarding"] == ("no", "published")


def test_facts_may_be_a_mapping_or_a_table() -> None:
    planner = toy(trip("A 08:00", "B 08:30")).planner()
    given = {
        "Wi-Fi": (True, "gares-equipees-du-wifi"),
        "passengers a year": 1_234_567,
        "opening hours": None,
    }
    known = facts(planner, given)
    assert known["Wi-Fi"] == ("yes", "published")
    assert known["passengers a year"] == ("1,234,567", "as given")
    assert known["opening hours"] == ("unknown", "unknown")
    table = pd.DataFrame({"fact": ["Wi-Fi"], "value": ["no"], "source": ["table"]})
    assert facts(planner, table)["Wi-Fi"] == ("no", "published")


@pytest.mark.parametrize("given", [pd.DataFrame({"name": ["Wi-Fi"]}), 7, ["Wi-Fi"]])
def test_facts_that_cannot_be_read_are_refused_at_once(given: object) -> None:
    planner = toy(trip("A 08:00", "B 08:30")).planner()
    with pytest.raises(mp.InvalidQuery, match="fact"):
        planner.station("A", given)  # type: ignore[arg-type]


def test_open_data_s_access_is_read(sample_planner: mp.Planner) -> None:
    from mobiplan.attributes.access import make_access

    access = make_access(sample_planner.timetable, None)
    page = sample_planner.station("Rennes", access)
    known = {r["fact"]: r["value"] for r in page.facts.to_dict("records")}
    row = sample_planner.timetable.names.resolve("Rennes")[0]
    assert known["Wi-Fi"] == access.fact(row, "wifi").value


# ------------------------------------------------------------------ the page


def test_a_page_in_a_notebook_holds_all_four_parts(sample_planner: mp.Planner) -> None:
    page = sample_planner.station("Lyon Part Dieu")
    html = unescape(page._repr_html_())
    assert "<script" not in html and "http" not in html
    first = page.departures("2026-03-27 08:00", n=1).iloc[0]
    assert first["direction"] in html
    assert page.direct()["name"].iloc[0] in html
    assert "assumed" in html and "unknown" in html


def test_texts_of_a_feed_are_escaped() -> None:
    feed = toy(trip("A 08:00", "B 08:30"), place("B", title="<script>alert(1)</script>"))
    planner = feed.planner()
    assert "<script>alert" not in planner.station("A")._repr_html_()
    assert "<script>alert" not in planner.timetable.explore().get_root().render()
    assert "<script>alert" not in planner.station("A").explore().get_root().render()


def test_a_point_on_the_map_is_no_station(sample_planner: mp.Planner) -> None:
    with pytest.raises(mp.InvalidQuery, match="point on the map"):
        sample_planner.station((48.1, -1.67))
    with pytest.raises(mp.UnknownStation):
        sample_planner.station("Xyzzy")
