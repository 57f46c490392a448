"""What a station offers is yes, no or unknown; silence is never taken for an answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from attributes.open_tables import coded, given_tables
from hypothesis import given
from hypothesis import strategies as st
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.attributes import Access, Attributes, Label
from mobiplan.attributes.access import EQUIPMENT, FEATURES, NO, SEGMENTS, UNKNOWN, YES
from mobiplan.errors import InvalidQuery
from mobiplan.opendata import OpenData, sample_data
from mobiplan.timetable.timetable import Timetable

STEP_FREE, ASSISTANCE = EQUIPMENT["step_free"], EQUIPMENT["assistance"]
TUESDAY = dt.date(2026, 6, 2)


def stations(**wheelchair: int) -> Timetable:
    """A to D on one line; wheelchair_boarding as given."""
    told = [place(name, wheelchair=value) for name, value in wheelchair.items()]
    return coded(toy(trip("A 08:00", "B 09:00", "C 10:00", "D 11:00"), *told).load())


def access(table: Timetable, data: OpenData | None) -> Access:
    return Attributes(table, data).access


def value(access: Access, table: Timetable, name: str, feature: str) -> str:
    return access.fact(table.stations.id.index(name), feature).value


def equipped(name: str, *items: str) -> list[str]:
    return [f"870000{ord(name) - 64:02d};{name};;;;{item}" for item in items]


def test_without_tables_everything_is_unknown() -> None:
    table = stations()
    known = access(table, None)
    for feature in FEATURES:
        assert (known.values[feature] == UNKNOWN).all()
        assert (known.labels[feature] == Label.UNKNOWN).all()
        assert known.fact(0, feature) == ("unknown", Label.UNKNOWN, ())
    assert not known.segment.any() and np.isnan(known.passengers).all()
    assert (known.trip_wheelchair == UNKNOWN).all() and (known.trip_bicycle == UNKNOWN).all()
    assert known.opening_hours(0, TUESDAY) is None
    assert known.is_open(0, dt.datetime(2026, 6, 2, 12)) == "unknown"


@given(
    st.dictionaries(st.sampled_from("ABC"), st.sets(st.sampled_from(list(EQUIPMENT))), max_size=3)
)
def test_only_what_a_row_says_is_yes_and_nothing_listed_is_no(
    tmp_path_factory: pytest.TempPathFactory, listed: dict[str, set[str]]
) -> None:
    table = stations()
    rows = [
        row
        for name, features in listed.items()
        for row in equipped(name, *(EQUIPMENT[feature] for feature in features))
    ]
    known = access(table, given_tables(tmp_path_factory.mktemp("t"), equipment=rows))
    for name in "ABCD":
        for feature in EQUIPMENT:
            expected = "yes" if feature in listed.get(name, ()) else "unknown"
            assert value(known, table, name, feature) == expected


def test_gtfs_says_no_and_a_no_outweighs_a_yes(tmp_path: Path) -> None:
    table = stations(A=1, B=2, C=0)
    rows = [row for name in "BC" for row in equipped(name, STEP_FREE)]
    known = access(table, given_tables(tmp_path, equipment=rows))
    facts = [known.fact(table.stations.id.index(name), "step_free") for name in "ABCD"]
    assert [fact.value for fact in facts] == ["yes", "no", "yes", "unknown"]
    assert facts[1].sources[0].dataset == "GTFS: wheelchair_boarding"
    assert facts[2].sources[0].dataset == "equipements-accessibilite-en-gares"


def test_assistance_was_given_where_the_last_year_counts_some(tmp_path: Path) -> None:
    months = [f"{y}-{m:02d}" for y in (2020, 2021) for m in range(1, 13)]
    rows = [f"{month};0087000001;A;{int(month == '2021-03')};0;0;0;9" for month in months]
    rows += [f"{month};0087000002;B;{int(month == '2020-12')};0;0;0;9" for month in months]
    rows += ["2021-12;0087000003;C;0;2;0;0;2"]
    data = given_tables(tmp_path, assistance=rows, equipment=equipped("C", ASSISTANCE))
    table = stations()
    known = access(table, data)
    assert [value(known, table, name, "assistance") for name in "ABCD"] == [
        "yes",
        "unknown",
        "yes",
        "unknown",
    ]
    labels = known.labels["assistance"][[table.stations.id.index(name) for name in "AC"]]
    assert labels.tolist() == [Label.MODELLED, Label.PUBLISHED]


def test_wifi_knows_no(tmp_path: Path) -> None:
    table = stations()
    data = given_tables(tmp_path, wifi=["000001;A;Oui", "000002;B;Non", "000003;C;"])
    known = access(table, data)
    rows = [table.stations.id.index(name) for name in "ABCD"]
    assert known.wifi[rows].tolist() == [YES, NO, UNKNOWN, UNKNOWN]


def test_size_and_passengers_are_the_latest(tmp_path: Path) -> None:
    data = given_tables(
        tmp_path,
        passengers=["A;87000001;;C;2000;2400;1000", "B;87000002;;B;;;500"],
        stations=['A;AAA;"B;A";48, 2;"87000001;87999999";x', "C;CCC;;48, 2;87000003;z"],
    )
    table = stations()
    known = access(table, data)
    rows = [table.stations.id.index(name) for name in "ABC"]
    assert [SEGMENTS[size] for size in known.segment[rows]] == ["A", "B", ""]
    assert known.passengers[rows][:2].tolist() == [2000, 500]
    assert known.passengers_year[rows].tolist() == [2024, 2023, 0]
    assert np.isnan(known.passengers[rows[2]])


class TestOpeningHours:
    """Hours of ordinary days."""

    @pytest.fixture
    def known(self, tmp_path: Path) -> Access:
        rows = [
            "0087000001;A;Mardi;09:00-12:00;",
            "0087000001;A;Mardi;14:00-18:00;Fermé",
            "0087000001;A;Lundi;20:00-01:30;",
            "0087000002;B;Mardi;00:00-23:59;",
            "0087000003;C;Mardi;sur demande;",
            "0087000003;C;Lundi;09:00-12:00;",
        ]
        return access(stations(), given_tables(tmp_path, hours=rows))

    @pytest.mark.parametrize(
        ("station", "clock", "expected"),
        [
            ("A", "08:59", "no"),
            ("A", "09:00", "yes"),
            ("A", "12:00", "no"),
            ("A", "17:59", "yes"),
            ("A", "01:29", "yes"),  # Monday's evening
            ("A", "01:30", "no"),
            ("B", "23:59", "yes"),
            ("C", "10:00", "unknown"),
            ("D", "10:00", "unknown"),
        ],
    )
    def test_a_lunch_break_a_late_night_and_silence(
        self, known: Access, station: str, clock: str, expected: str
    ) -> None:
        moment = dt.datetime.fromisoformat(f"{TUESDAY} {clock}")
        assert known.is_open("ABCD".index(station), moment) == expected

    def test_a_day_without_hours_is_closed(self, known: Access) -> None:
        assert known.opening_hours(0, TUESDAY) == ((32_400, 43_200), (50_400, 64_800))
        assert known.opening_hours(0, TUESDAY + dt.timedelta(days=1)) == ()


def test_an_unknown_feature_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="feature='lift' is not one of step_free"):
        access(stations(), None).fact(0, "lift")


def test_the_sample_knows_some_stations_and_not_others(sample: mp.Timetable) -> None:
    known = access(sample, sample_data())
    for feature in FEATURES:
        answers = np.bincount(known.values[feature], minlength=3)
        assert answers[YES] and answers[UNKNOWN]
        assert (answers[NO] > 0) == (feature == "wifi")
    assert {source.dataset for source in known.sources} >= {
        "equipements-accessibilite-en-gares",
        "gares-equipees-du-wifi",
        "horaires-des-gares",
    }
