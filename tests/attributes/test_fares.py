"""Published fares price the leg, in both directions; all others add up along the trip."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from attributes.open_tables import code, coded, fare, given_tables
from hypothesis import given
from hypothesis import strategies as st
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.attributes import Attributes, Fares, Label, Passenger
from mobiplan.attributes.fare_rules import FIRST_CLASS, RULES, UNKNOWN_EUR_KM, rule_of
from mobiplan.attributes.passenger import CARDS
from mobiplan.errors import InvalidQuery
from mobiplan.opendata import OpenData, open_data, sample_data
from mobiplan.timetable.timetable import Timetable

CALLS = "ABCDE"
AVANTAGE, FULL = "Tarif Avantage", "Tarif Normal"


def train(calls: str, brand: str, number: str = "1") -> object:
    """A trip that calls at each letter's station, an hour apart."""
    times = [f"{name} {8 + i:02d}:00" for i, name in enumerate(calls)]
    return trip(*times, brand=brand, line=brand, number=number)


def timetable(*trains: tuple[str, str]) -> Timetable:
    """Trains by calls and brand, with codes for stations."""
    rows = [train(calls, brand, str(number)) for number, (calls, brand) in enumerate(trains, 1)]
    return coded(toy(*rows).load())  # type: ignore[arg-type]


def calls_of(table: Timetable, number: int) -> list[int]:
    """The calls of a train, by its number."""
    at = table.trips.number.index(str(number))
    return list(range(table.trips.call_ptr[at], table.trips.call_ptr[at + 1]))


def fares(table: Timetable, data: OpenData | None, **passenger: object) -> Fares:
    return Attributes(table, data).fares(Passenger(**passenger))  # type: ignore[arg-type]


def test_a_pair_is_priced_as_written_in_reverse_or_by_the_model(tmp_path: Path) -> None:
    table = timetable(("ABC", "TGV INOUI"))
    known = fares(
        table, given_tables(tmp_path, fares=[fare("A", "B", 10, 29), fare("C", "A", 20, 60)])
    )
    a, b, c = calls_of(table, 1)
    assert (known.leg(a, b).low, known.leg(a, b).high) == (10, 29)
    assert known.leg(a, b).label is Label.PUBLISHED
    assert (known.leg(a, c).low, known.leg(a, c).high) == (20, 60)
    assert known.leg(a, c).label is Label.OPPOSITE
    assert known.leg(b, c).label is Label.MODELLED  # too few pairs for a fit: by the brand's rule
    assert known.leg(b, c).low > 0
    assert known.leg(b, c).sources == RULES[rule_of("TGV INOUI")].sources


def test_the_direction_that_is_written_comes_before_the_opposite(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"))
    data = given_tables(tmp_path, fares=[fare("B", "A", 50, 60), fare("A", "B", 10, 20)])
    assert fares(table, data).leg(*calls_of(table, 1)).high == 20


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(CALLS), min_size=2, max_size=5, unique=True).map("".join),
            st.sampled_from(["TGV INOUI", "OUIGO", "TER"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(
        st.tuples(
            st.sampled_from(["TGV INOUI", "OUIGO"]),
            st.permutations(CALLS).map(lambda names: "".join(names[:2])),
            st.sampled_from([FULL, AVANTAGE]),
            st.integers(1, 50),
            st.integers(0, 50),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_every_leg_equals_a_plain_look_up(
    tmp_path_factory: pytest.TempPathFactory,
    trains: list[tuple[str, str]],
    published: list[tuple[str, str, str, int, int]],
    card: bool,
) -> None:
    table = timetable(*trains)
    rows = [
        fare(pair[0], pair[1], low, low + more, carrier=carrier, profile=profile)
        for carrier, pair, profile, low, more in published
    ]
    data = given_tables(tmp_path_factory.mktemp("tables"), fares=rows)
    priced = fares(table, data, cards=("avantage",) if card else ())

    first: dict[tuple[str, str, str], tuple[float, float]] = {}
    for carrier, pair, profile, low, more in published:
        first.setdefault((carrier, pair, profile), (low, low + more))

    def plain(brand: str, pair: str) -> tuple[float, float, Label] | None:
        options = []
        for profile in (FULL, AVANTAGE) if card else (FULL,):
            for way, label in ((pair, Label.PUBLISHED), (pair[::-1], Label.OPPOSITE)):
                if (found := first.get((brand, way, profile))) is not None:
                    options.append((*found, label))
                    break
        return min(options, key=lambda option: option[0] + option[1], default=None)

    carriers = {carrier for carrier, *_ in published}
    for number, (calls, brand) in enumerate(trains, 1):
        at = calls_of(table, number)
        for i, board in enumerate(at):
            for j in range(i + 1, len(at)):
                amount = priced.leg(board, at[j])
                expected = plain(brand, calls[i] + calls[j])
                if expected is not None:
                    assert (amount.low, amount.high, amount.label) == expected
                else:
                    assert amount.label in (Label.MODELLED, Label.ASSUMED)
            n_legs = priced.legs.leg_ptr[board + 1] - priced.legs.leg_ptr[board]
            assert n_legs == (len(at) - 1 - i if brand in carriers else 0)


def test_a_leg_is_found_by_its_calls(tmp_path: Path) -> None:
    table = timetable(("ABCD", "TGV INOUI"), ("AB", "TER"))
    legs = fares(table, given_tables(tmp_path, fares=[fare("A", "B", 1, 2)])).legs
    for leg, (board, alight) in enumerate(zip(legs.from_call, legs.to_call, strict=True)):
        assert leg == legs.leg_ptr[board] + alight - board - 1
    assert len(legs.from_call) == 6


@pytest.mark.parametrize("brand", ["TER", "INTERCITES", "Car TER", "Transilien", "Lyria"])
def test_modelled_fares_add_up_along_the_trip(brand: str) -> None:
    table = timetable(("ABCDE", brand))
    priced = fares(table, None)
    at = calls_of(table, 1)
    hops = {int(call): row for row, call in enumerate(table.hops.call)}
    for board, alight in ((at[0], at[4]), (at[1], at[3]), (at[2], at[3])):
        row = [hops[call] for call in range(board, alight)]
        amount = priced.leg(board, alight)
        low = priced.low_boarding_eur[0] + priced.low_hop_eur[row].sum()
        high = priced.high_boarding_eur[0] + priced.high_hop_eur[row].sum()
        assert abs(amount.low - low) < 1e-9 and abs(amount.high - high) < 1e-9
        assert 0 < amount.low <= amount.high
        assert amount.label == RULES[rule_of(brand)].label == priced.trip_label[0]
        assert amount.sources


def test_nothing_of_a_trip_with_legs_is_charged_twice(tmp_path: Path) -> None:
    table = timetable(("ABC", "TGV INOUI"), ("ABC", "TER"))
    priced = fares(table, given_tables(tmp_path, fares=[fare("A", "B", 1, 2)]))
    by_leg = priced.legs.by_leg
    costs = priced.costs()
    assert not costs.boarding[by_leg].any() and costs.boarding[~by_leg].all()
    of_hop = by_leg[table.hops.trip]
    assert not costs.hop[of_hop].any() and costs.hop[~of_hop].all()


def test_a_brand_that_nobody_prices_is_unknown_and_ranks_as_dear() -> None:
    table = timetable(("ABC", "Caltrain"))
    priced = fares(table, None)
    amount = priced.leg(*calls_of(table, 1)[:2])
    assert not amount.is_known
    assert np.isnan(priced.low_hop_eur).all()
    costs = priced.costs("low")
    assert np.allclose(costs.hop, 100 * UNKNOWN_EUR_KM)  # an hour each
    assert (priced.trip_label == Label.UNKNOWN).all()


def test_a_station_without_a_place_makes_a_modelled_fare_unknown_not_free() -> None:
    nowhere = place("B", at=(float("nan"), float("nan")))
    table = coded(toy(train("ABC", "TER"), nowhere).load())  # type: ignore[arg-type]
    priced = fares(table, None)
    a, b, c = calls_of(table, 1)
    assert not priced.leg(a, b).is_known and not priced.leg(a, c).is_known
    costs = priced.costs()
    assert np.isfinite(costs.hop).all() and (costs.hop > 0).all()


def test_the_cost_is_where_the_traveller_takes_it(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"))
    priced = fares(table, given_tables(tmp_path, fares=[fare("A", "B", 10, 30)]))
    assert [priced.costs(price).leg[0] for price in ("low", "middle", "high")] == [10, 20, 30]
    with pytest.raises(InvalidQuery, match="low, middle or high"):
        priced.costs("cheapest")  # type: ignore[arg-type]


def test_a_through_fare_needs_no_train(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"), ("BC", "OUIGO"))
    rows = [fare("C", "A", 30, 90), fare("A", "C", 25, 45, carrier="OUIGO"), fare("A", "B", 1, 2)]
    priced = fares(table, given_tables(tmp_path, fares=rows))
    a, c = (table.stations.id.index(name) for name in "AC")
    assert priced.through(a, c).high == 45
    inoui = priced.through(a, c, "TGV INOUI")
    assert (inoui.high, inoui.label) == (90, Label.OPPOSITE)
    assert not priced.through(c, c).is_known
    with pytest.raises(InvalidQuery, match="brand='TER' is not one of"):
        priced.through(a, c, "TER")


def test_a_fit_prices_what_is_not_published_and_states_its_error(tmp_path: Path) -> None:
    names = [chr(ord("A") + i) for i in range(9)]
    table = timetable(("".join(names), "TGV INOUI"))
    at = {name: i for i, name in enumerate(table.stations.id)}
    rows = [
        fare(one, two, 10 + 2 * abs(at[one] - at[two]), 20 + 9 * abs(at[one] - at[two]))
        for i, one in enumerate(names)
        for two in names[i + 1 :]
        if one + two != "AI"
    ]
    priced = fares(table, given_tables(tmp_path, fares=rows))
    amount = priced.leg(calls_of(table, 1)[0], calls_of(table, 1)[8])
    assert amount.label is Label.MODELLED
    assert amount.low == pytest.approx(26, rel=0.15) and amount.high == pytest.approx(92, rel=0.15)
    (model,) = priced.models.to_dict("records")
    assert (model["carrier"], model["pairs"]) == ("TGV INOUI", 35)
    assert 0 < model["low_error"] < 0.1 and 0 < model["high_error"] < 0.1


class TestPassenger:
    """Cards, class and age."""

    @pytest.fixture
    def data(self, tmp_path: Path) -> OpenData:
        profiles = {FULL: (10, 100), AVANTAGE: (8, 70), "Tarif Réglementé": (60, 90)}
        return given_tables(
            tmp_path,
            fares=[
                *(
                    fare("A", "B", low * k, high * k, class_=class_, profile=profile)
                    for profile, (low, high) in profiles.items()
                    for class_, k in ((2, 1), (1, 2))
                ),
                fare("A", "B", 5, 50, carrier="OUIGO"),
                fare("B", "C", 10, 100),
            ],
        )

    @pytest.fixture
    def table(self) -> Timetable:
        return timetable(("ABC", "TGV INOUI"), ("AB", "OUIGO"), ("AB", "TER"))

    def test_a_card_opens_its_profile(self, table: Timetable, data: OpenData) -> None:
        a, b, c = calls_of(table, 1)
        priced = fares(table, data, cards=("Avantage Jeune",))
        assert (priced.leg(a, b).low, priced.leg(a, b).high) == (8, 70)
        assert priced.leg(a, b).label is Label.PUBLISHED
        assert CARDS["avantage jeune"].source in priced.leg(a, b).sources
        assert priced.leg(b, c).high == 100  # nothing is published for the card

    def test_a_large_family_pays_its_share_of_the_regulated_fare(
        self, table: Timetable, data: OpenData
    ) -> None:
        a, b, _ = calls_of(table, 1)
        amount = fares(table, data, cards=("famille nombreuse 50",)).leg(a, b)
        assert (amount.low, amount.high, amount.label) == (30, 45, Label.MODELLED)

    def test_a_card_never_makes_a_journey_dearer(self, table: Timetable, data: OpenData) -> None:
        plain = fares(table, data).costs()
        for card in CARDS:
            with_card = fares(table, data, cards=(card,)).costs()
            for one, other in zip(with_card, plain, strict=True):
                assert (one <= other + 1e-9).all()

    def test_first_class_is_published_or_half_as_much_again(
        self, table: Timetable, data: OpenData
    ) -> None:
        first, second = fares(table, data, class_=1), fares(table, data)
        assert first.leg(*calls_of(table, 1)[:2]).high == 200
        assert first.leg(*calls_of(table, 2)).high == 50  # OUIGO has one class
        ter = calls_of(table, 3)
        assert first.leg(*ter).low == pytest.approx(FIRST_CLASS * second.leg(*ter).low)

    def test_children_pay_less_by_an_assumption(self, table: Timetable, data: OpenData) -> None:
        a, b, _ = calls_of(table, 1)
        child, infant = fares(table, data, age=11).leg(a, b), fares(table, data, age=3).leg(a, b)
        assert (child.high, child.label) == (50, Label.ASSUMED)
        assert (infant.high, infant.label) == (0, Label.ASSUMED)
        assert fares(table, data, age=12).leg(a, b).label is Label.PUBLISHED

    def test_cards_do_not_reduce_what_they_are_not_for(
        self, table: Timetable, data: OpenData
    ) -> None:
        ouigo = calls_of(table, 2)
        assert fares(table, data, cards=("avantage",)).leg(*ouigo).high == 50

    @pytest.mark.parametrize(
        ("passenger", "message"),
        [
            ({"class_": 3}, "give 1 or 2"),
            ({"age": -1}, "give years"),
            ({"cards": ("BahnCard 50",)}, "BahnCard 50.* is not one of avantage"),
        ],
    )
    def test_what_no_tariff_knows_is_refused(
        self, passenger: dict[str, object], message: str
    ) -> None:
        with pytest.raises(InvalidQuery, match=message):
            Passenger(**passenger)  # type: ignore[arg-type]


def test_intercity_fares_are_read_beside_the_tgvs(tmp_path: Path) -> None:
    table = timetable(("AB", "INTERCITES"), ("AB", "INTERCITES de nuit"), ("AB", "TGV INOUI"))
    row = f"A;{code('A')};B;{code('B')};2;{FULL};12;34"
    data = given_tables(tmp_path, intercity_fares=[row], fares=[fare("A", "B", 50, 60)])
    priced = fares(table, data)
    assert [priced.leg(*calls_of(table, n)).high for n in (1, 2, 3)] == [34, 34, 60]
    assert [s.dataset for s in priced.leg(*calls_of(table, 1)).sources] == ["tarifs-intercites"]


def test_another_code_of_a_station_is_that_station(tmp_path: Path) -> None:
    table = timetable(("AB", "TGV INOUI"))
    rows = [fare("A", "B", 10, 20).replace(code("A"), "87999999")]
    without = given_tables(tmp_path / "1", fares=rows)
    stations = [f'A;AAA;A;48, 2;"87999999;{code("A")}";x']
    with_codes = given_tables(tmp_path / "2", fares=rows, stations=stations)
    at = calls_of(table, 1)
    assert fares(table, without).leg(*at).label is not Label.PUBLISHED
    assert fares(table, with_codes).leg(*at).label is Label.PUBLISHED


def test_calls_of_two_trips_are_no_leg() -> None:
    table = timetable(("AB", "TER"), ("AB", "TER"))
    priced = fares(table, None)
    for board, alight in ((1, 0), (0, 0), (1, 2), (3, 4), (-1, 1)):
        with pytest.raises(InvalidQuery, match="not of one trip"):
            priced.leg(board, alight)


def test_fares_are_kept_for_each_passenger_and_pickled(sample: mp.Timetable) -> None:
    attributes = Attributes(sample, sample_data())
    assert attributes.fares() is attributes.fares(Passenger())
    assert attributes.fares(Passenger(class_=1)) is not attributes.fares()
    again = pickle.loads(pickle.dumps(attributes.fares()))
    assert np.array_equal(again.low_eur, attributes.fares().low_eur, equal_nan=True)


def test_the_sample_is_mostly_published_in_both_directions(sample: mp.Timetable) -> None:
    priced = Attributes(sample, sample_data()).fares()
    shares = np.bincount(priced.label, minlength=5) / len(priced.label)
    assert shares[Label.PUBLISHED] > 0.3 and shares[Label.OPPOSITE] > 0.3
    assert 0 < shares[Label.MODELLED] < 0.15
    assert shares[Label.UNKNOWN] == 0
    assert (priced.low_eur <= priced.high_eur).all()
    assert all(not array.flags.writeable for array in (priced.low_eur, priced.low_hop_eur))


def test_every_rule_says_why_and_from_what() -> None:
    for rule in RULES:
        assert rule.why and rule.sources and all(source.url for source in rule.sources)
        assert 0 <= rule.low_fee_eur <= rule.high_fee_eur
        assert 0 <= rule.low_eur_km <= rule.high_eur_km


def test_the_ter_rule_is_what_it_says_at_fifty_kilometres() -> None:
    """CLCV, 2025: 8.60 € in the cheapest region, 12.10 € in the dearest."""
    rule = RULES[rule_of("Train TER")]
    assert rule.low_fee_eur + 50 * rule.low_eur_km == pytest.approx(8.60, abs=0.02)
    assert rule.high_fee_eur + 50 * rule.high_eur_km == pytest.approx(12.10, abs=0.02)


def test_prices_rise_with_distance(sample: mp.Timetable) -> None:
    priced = Attributes(sample).fares()
    trip_rows = np.flatnonzero(np.diff(sample.trips.call_ptr) > 3)[:50]
    for row in trip_rows:
        first, last = int(sample.trips.call_ptr[row]), int(sample.trips.call_ptr[row + 1])
        amounts = [priced.leg(first, call) for call in range(first + 1, last)]
        assert all(a.low <= b.low and a.high <= b.high for a, b in pairwise(amounts))


def test_data_is_not_needed(sample: mp.Timetable, tmp_path: Path) -> None:
    empty = open_data(tmp_path)
    for data in (None, empty):
        priced = Attributes(sample, data).fares()
        assert len(priced.legs.from_call) == 0
        assert set(np.unique(priced.trip_label)) <= {Label.MODELLED, Label.ASSUMED}


def test_without_tables_a_saved_timetable_is_priced_without_pandas(
    sample: mp.Timetable, tmp_path: Path
) -> None:
    sample.save(tmp_path / "sample.timetable")
    code = (
        "import sys, mobiplan as mp\n"
        "from mobiplan.attributes import Attributes\n"
        "attributes = Attributes(mp.load(sys.argv[1]))\n"
        "attributes.fares().costs(), attributes.emissions.costs(), attributes.access\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "sample.timetable"], check=True)
