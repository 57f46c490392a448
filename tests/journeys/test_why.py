"""`why()`: what each feature costs adds up to the cost, is said in words, and knows its source."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from timetables import toy, trip

import mobiplan as mp
from mobiplan.journeys.explaining import WHY_COLUMNS, Explanation
from mobiplan.journeys.languages import LANGUAGES
from mobiplan.traveller.preferences import FEATURES, RIDING_KIND
from mobiplan.traveller.presets import PRESETS

DATE = "2026-03-24"
QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Rennes", "Nice", {"depart": f"{DATE} 08:00"}),
    ("Lille", "Grenoble", {"arrive": f"{DATE} 19:00"}),
    ("Brest", "Strasbourg", {"depart": f"{DATE} 06:00", "window": "4 h"}),
    ("Saint-Malo", "Lyon", {"depart": f"{DATE} 20:00"}),
    ("Saint-Malo", "Grenoble", {"depart": f"{DATE} 06:00", "wish_arrive": f"{DATE} 16:00"}),
)
SAID = {
    "en": re.compile(
        r"\d+ (h \d\d|min|h) (by \d .+ (without a change|with one change|with \d changes)|on foot)"
        r"; what costs you most is .+ \(.+\)(, then .+ \(.+\))?: \d+(\.\d)? min in all\."
    ),
    "fr": re.compile(
        r"\d+ (h \d\d|min|h) (en \d .+, (sans changement|avec un changement|avec \d changements)"
        r"|à pied) ; ce qui vous coûte le plus est .+ \(.+\)(, puis .+ \(.+\))? : "
        r"\d+(,\d)? min en tout\."
    ),
}


@cache
def planner() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


@cache
def planned(preset: str, question: int) -> mp.JourneySet:
    origin, destination, when = QUESTIONS[question]
    return planner().plan(origin, destination, traveller=preset, draws=16, **when)


@cache
def explanations(preset: str) -> list[Explanation]:
    found = [planned(preset, number) for number in range(len(QUESTIONS))]
    assert all(found)
    return [journey.why() for journeys in found for journey in journeys]


def unpriced() -> mp.Planner:
    """A train of known fare, and a bus of which nobody knows it."""
    return toy(
        trip("A 08:00", "B 09:00", number="1", brand="TER"),
        trip("A 08:10", "B 09:05", number="2", brand="Bus", route_type=3),
    ).planner()


# ------------------------------------------------------------------ sums


@pytest.mark.parametrize("preset", PRESETS)
def test_contributions_add_up_to_the_cost_of_every_journey(preset: str) -> None:
    for why in explanations(preset):
        assert why.journey.cost is not None
        total = math.fsum(part.contribution for part in why.contributions)
        assert total == pytest.approx(why.journey.cost, abs=1e-9)
        assert why.to_frame()["contribution"].sum() == pytest.approx(why.cost, abs=1e-9)


@pytest.mark.parametrize("preset", PRESETS)
def test_each_contribution_is_the_amount_times_the_weight(preset: str) -> None:
    me = mp.Traveller.preset(preset)
    for why in explanations(preset):
        for part in why.contributions:
            assert part.contribution == pytest.approx(part.amount * part.weight, abs=1e-9)
            assert part.weight in (me.weights[part.feature], 0.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_amounts_are_those_of_the_journey(preset: str) -> None:
    """Told from the legs, the fares and the emissions, not from what the search added up."""
    for why in explanations(preset):
        journey, amount = why.journey, {part.feature: part.amount for part in why.contributions}
        aboard = sum(value for name, value in amount.items() if name.startswith("riding"))
        under_way = aboard + amount.get("waiting", 0.0) + amount.get("walking", 0.0)
        assert under_way == pytest.approx(journey.duration.total_seconds() / 60, abs=1e-9)
        assert amount.get("transfers", 0.0) == journey.transfers
        price = journey.price.at(why.personal.traveller.price)
        assert amount["euros"] == pytest.approx(price, abs=1e-9)
        assert amount["co2"] == pytest.approx(journey.co2.middle, abs=1e-9)


def test_what_a_journey_is_waited_for_counts_from_the_time_asked() -> None:
    [part] = [
        part
        for part in planned("standard", 0).best.why().contributions
        if part.feature == "before_departure"
    ]
    departure = planned("standard", 0).best.departure
    assert part.amount == (departure.hour - 8) * 60 + departure.minute


def test_an_own_criterion_has_its_row() -> None:
    noise = mp.Criterion("noise", lambda graph: graph.ride_s / 60, unit="dB")
    me = mp.Traveller(own={"noise": 0.5})
    best = (
        planner()
        .plan("Rennes", "Lyon", depart=f"{DATE} 08:00", traveller=me, criteria=[noise], draws=0)
        .best
    )
    frame = best.why().to_frame().set_index("feature")
    assert frame.loc["noise", "unit"] == "dB"
    assert frame.loc["noise", "weight"] == 0.5
    assert frame.loc["noise", "source"].startswith("stated: a criterion of the caller's own")
    assert frame["contribution"].sum() == pytest.approx(best.cost, abs=1e-9)
    assert "noise" in best.why().sentence()


# ------------------------------------------------------------------ the table


def test_the_table_has_its_columns_the_dearest_first() -> None:
    frame = planned("standard", 0).best.why().to_frame()
    assert tuple(frame.columns) == WHY_COLUMNS
    assert frame["contribution"].is_monotonic_decreasing
    assert frame["feature"].is_unique
    assert frame.dtypes[["amount", "weight", "contribution"]].eq("float64").all()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_row_tells_where_its_amount_and_weight_come_from(preset: str) -> None:
    words = "published|modelled|assumed|unknown|stated"
    source = re.compile(rf"({words}): .+; weight ({words}): .+")
    for why in explanations(preset):
        for part in why.contributions:
            assert source.fullmatch(part.source), part


def test_euros_carry_the_weakest_label_of_their_parts_and_every_data_set() -> None:
    found = [why for preset in ("standard", "budget") for why in explanations(preset)]
    labels = set()
    for why in found:
        euros = why.to_frame().set_index("feature").loc["euros", "source"]
        label = why.journey.price.label
        labels.add(label.word)
        assert euros.startswith(f"{label.word}: ")
        assert all(source.dataset in euros for source in why.journey.price.sources)
    assert labels == {"published", "modelled"}


def test_a_weight_that_the_traveller_stated_says_so() -> None:
    me = mp.Traveller(transfers="40 min")
    best = planner().plan("Rennes", "Nice", depart=f"{DATE} 08:00", traveller=me, draws=0).best
    source = best.why().to_frame().set_index("feature")["source"]
    assert source["transfers"].endswith("weight stated: by the traveller")
    assert "weight assumed" in source["waiting"]


# ------------------------------------------------------------------ unknown, and not offers


def test_an_unknown_fare_is_no_number_and_never_free() -> None:
    bus = unpriced().profile("A", "B", date="2026-06-02").last
    why = bus.why()
    row = why.to_frame().set_index("feature").loc["euros"]
    assert math.isnan(row["amount"])
    assert row["contribution"] > 0
    assert row["source"].startswith("unknown: no fare is known; ranked as a dear one")
    assert why.cost == pytest.approx(math.fsum(part.contribution for part in why.contributions))
    assert "unknown" in str(why) and "unknown" in bus.why()._repr_html_()
    assert "the fare (unknown, and ranked as if it were" in why.sentence()
    assert "le prix (inconnu, et classé comme s'il valait" in why.sentence("fr")
    assert why.notes[0] == "fare unknown; ranked as a dear one, never as free"


def test_unknown_figures_stay_unknown_in_tables() -> None:
    frame = unpriced().profile("A", "B", date="2026-06-02").to_frame()
    assert frame["price_min"].isna().tolist() == [False, True]
    assert unpriced().profile("A", "B", date="2026-06-02").last.to_dict()["price_min"] is None


def test_a_price_is_a_range_and_no_offer_and_co2_has_its_perimeter() -> None:
    for why in explanations("standard"):
        fare, *_, co2 = why.notes
        price = why.journey.price
        assert fare.startswith("fare ")
        assert price.label.text in fare
        assert fare.endswith("a range, not an offer" if price.low < price.high else "not an offer")
        assert co2.startswith("CO2 ")
        assert planner().attributes.emissions.perimeter in co2
        assert all(f"{way} " in co2 for way in ("car", "electric car", "coach", "plane"))


def test_a_through_fare_stands_beside_the_sum_and_ranks_nothing() -> None:
    best = planner().earliest_arrival("Rennes", "Grenoble", depart=f"{DATE} 08:00").best
    assert best.through_fare.is_known
    assert best.through_fare.middle != pytest.approx(best.price.middle)
    why = best.why()
    [note] = [note for note in why.notes if note.startswith("one fare for the whole way")]
    assert note.endswith("it ranks nothing")
    euros = why.to_frame().set_index("feature").loc["euros", "amount"]
    assert euros == pytest.approx(best.price.middle)


# ------------------------------------------------------------------ for whom


def test_a_journey_that_nobody_planned_is_explained_for_the_standard_traveller() -> None:
    journey = planner().earliest_arrival("Rennes", "Nice", depart=f"{DATE} 08:00").best
    why = journey.why()
    assert journey.cost is None and not why.planned
    assert why.personal.traveller == mp.Traveller.preset("standard")
    assert "the standard traveller (nobody planned it)" in str(why)
    assert why.cost == pytest.approx(math.fsum(part.contribution for part in why.contributions))


def test_a_journey_costs_the_same_whether_it_was_planned_or_found() -> None:
    """The search and the explanation of any other journey add up the same features."""
    for number, (origin, destination, when) in enumerate(QUESTIONS):
        if set(when) != {"depart"}:
            continue
        costs = {journey.id: journey.cost for journey in planned("standard", number)}
        found = planner().pareto(origin, destination, **when)
        both = [journey for journey in found if journey.id in costs]
        for journey in both:
            assert journey.why().cost == pytest.approx(costs[journey.id], abs=1e-9)
        best = planned("standard", number).best.cost
        assert best is not None
        assert all(journey.why().cost >= best - 1e-6 for journey in found)


def test_a_planned_journey_may_be_explained_for_another() -> None:
    best = planned("standard", 0).best
    why = best.why("budget")
    assert why.personal.traveller.name == "budget"
    assert "the budget traveller (planned for another)" in why.title
    assert why.price.low == pytest.approx(best.price.low)
    amount = why.to_frame().set_index("feature").loc["euros", "amount"]
    assert amount == pytest.approx(best.price.low)


def test_a_walk_costs_its_minutes_on_foot() -> None:
    stations = planner().timetable.find("Paris Gare de Lyon", limit=1)
    lat, lon = stations.iloc[0][["lat", "lon"]]
    journeys = planner().earliest_arrival(
        (lat + 0.001, lon), (lat - 0.001, lon), depart=f"{DATE} 08:00"
    )
    why = journeys.best.why()
    frame = why.to_frame()
    assert frame["feature"].tolist() == ["walking"]
    assert frame["amount"][0] * 60 == journeys.best.duration.total_seconds()
    assert why.notes == []
    assert "on foot; what costs you most is the walk" in why.sentence()
    assert "à pied ; ce qui vous coûte le plus est la marche" in why.sentence("fr")


def test_a_way_across_a_city_by_its_metro_is_no_walk() -> None:
    asked = {"origin": "Paris Gare de Lyon", "destination": "Paris Montparnasse"}
    there = planner().plan(**asked, depart=f"{DATE} 11:00").best
    back = planner().plan(**asked, arrive=f"{DATE} 11:00").best
    assert there.duration == back.duration
    for journey in (there, back):
        why = journey.why()
        assert [part.feature for part in why.contributions] == ["riding"]
        assert why.cost == journey.duration.total_seconds() / 60 == journey.cost
        assert why.sentence().startswith("55 min across the city; what costs you most is")
        assert why.sentence("fr").startswith("55 min à travers la ville ; ")
    assert "across the city" in str(planner().plan(**asked, depart=f"{DATE} 11:00"))


def test_what_a_wheelchair_needs_is_said_where_it_is_known_and_where_not() -> None:
    asked = {"depart": f"{DATE} 08:00", "traveller": "wheelchair"}
    journey = planner().plan("Rennes", "Grenoble", **asked).best
    note = journey.why().notes[-1]
    trains = ", ".join(leg.title for leg in journey.legs if not leg.is_walk)
    assert note.startswith("step-free access: yes at Rennes, ")
    assert note.endswith(f"unknown aboard {trains}")
    assert not [text for text in journey.why("standard").notes if "step-free" in text]


@pytest.mark.parametrize("traveller", [3, "superman"])
def test_malformed_travellers_are_refused(traveller: Any) -> None:
    with pytest.raises(mp.InvalidQuery, match=str(traveller)):
        planned("standard", 0).best.why(traveller)


def test_a_journey_without_a_planner_cannot_be_explained() -> None:
    best = planned("standard", 0).best
    alone = mp.Journey(best.graph, best.itinerary, best.question)
    with pytest.raises(mp.InvalidQuery, match="why"):
        alone.why()


# ------------------------------------------------------------------ words


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_plain_sentence(preset: str, language: str) -> None:
    for why in explanations(preset):
        said = why.sentence(language)
        assert SAID[language].fullmatch(said), said
        assert not re.search(r"[{}]|nan|None|_", said)
        assert language == "en" or not re.search(r"\d\.\d", said)  # 72,50 €


def test_the_sentence_speaks_of_what_costs_most() -> None:
    for why in explanations("standard"):
        words = LANGUAGES["en"]
        first, *_ = why.contributions
        assert f"what costs you most is {words.noun(first.feature)} (" in why.sentence()


def test_by_hand() -> None:
    """60 min aboard, a change of 20 min, 30 min aboard; asked 10 min before departure."""
    found = toy(
        trip("A 08:00", "B 09:00", number="1"), trip("B 09:20", "C 09:50", number="2")
    ).planner()
    me = mp.Traveller.from_weights(
        {"transfers": 12, "waiting": 1.5, "before_departure": 0.5, "riding": 1}
    )
    why = found.plan("A", "C", depart="2026-06-02 07:50", traveller=me).best.why()
    costs = {part.feature: part.contribution for part in why.contributions if part.contribution}
    assert costs == {"riding": 90, "waiting": 30, "transfers": 12, "before_departure": 5}
    assert why.cost == 137
    assert why.sentence() == (
        "1 h 50 by 2 trains with one change; what costs you most is the time aboard (90 min), then "
        "the wait between trains (20 min, which count as 30) and changing (1 × 12 min): 137 min in "
        "all."
    )
    assert why.sentence("fr") == (
        "1 h 50 en 2 trains, avec un changement ; ce qui vous coûte le plus est le temps à bord "
        "(90 min), puis l'attente entre les trains (20 min, qui comptent pour 30) et le changement "
        "(1 × 12 min) : 137 min en tout."
    )


def test_what_costs_nothing_is_said_to() -> None:
    planner = toy(trip("A 08:00", "B 09:00", number="1")).planner()
    me = mp.Traveller.from_weights({"transfers": 1})
    best = planner.earliest_arrival("A", "B", depart="2026-06-02 07:50").best
    free = best.why(me.replace(riding={"regional": 0, "ordinary": 0}))
    assert (
        free.sentence()
        == "1 h 00 by 1 train without a change; nothing about it costs you anything."
    )
    assert free.sentence("fr").endswith(" ; rien n'y a de coût pour vous.")


def test_another_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(mp.InvalidQuery, match="language='de' is not one of 'en', 'fr'"):
        planned("standard", 0).best.why().sentence("de")


def test_both_languages_have_the_same_words() -> None:
    english, *others = LANGUAGES.values()
    for other in others:
        for part in ("nouns", "units", "kinds", "modes", "labels", "phrases"):
            mine, theirs = getattr(english, part), getattr(other, part)
            assert mine.keys() == theirs.keys()
        fields = re.compile(r"{\w*")
        for name, phrase in english.phrases.items():
            found = sorted(fields.findall(phrase))
            assert sorted(fields.findall(other.phrases[name])) == found, name


def test_every_feature_of_the_vocabulary_has_words() -> None:
    for language in LANGUAGES.values():
        own = language.unit("noise").replace("noise", "")
        for name in (*FEATURES, *RIDING_KIND, "short_transfer_3"):
            assert language.noun(name) != name
            assert name == "euros" or own not in language.unit(name)
        assert language.noun("noise") == "noise"


def test_the_notebook_shows_the_sentence_and_a_bar_for_each_feature() -> None:
    why = planned("standard", 0).best.why()
    html = why._repr_html_()
    assert html.count("mbp-bar") >= len(why.contributions)
    assert why.sentence().replace("'", "&#x27;") in html
    assert all(note.replace("'", "&#x27;") in html for note in why.notes)
    widths = [float(width) for width in re.findall(r"left:0;width:([\d.]+)%", html)]
    assert widths[0] == 100.0
    assert np.all(np.diff(widths) <= 0)
