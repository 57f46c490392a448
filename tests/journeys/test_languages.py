"""An empty answer in each language: every reason, every limit, and all that would give one."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from timetables import toy, trip

import mobiplan as mp
from mobiplan.gtfs.kinds import KINDS
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.language import Kind, Phrase, phrase
from mobiplan.journeys.languages import LANGUAGES
from mobiplan.traveller.limits import RULES
from mobiplan.traveller.needs import Limit
from mobiplan.traveller.selection import SELECTABLE

DAY, NEXT = "2026-06-02", "2026-06-03"

# ------------------------------------------------------------------ limits

#: Of each limit: what is needed, in English, in French; of those that count, of one and of several.
LIMITS: dict[str, list[tuple[Any, str, str]]] = {
    "max_transfers": [
        (0, "no change", "aucun changement"),
        (1, "at most 1 change", "au plus 1 changement"),
        (2, "at most 2 changes", "au plus 2 changements"),
    ],
    "max_walking": [("90 min", "at most 1 h 30 min on foot", "au plus 1 h 30 min à pied")],
    "max_wait": [("20 min", "no wait longer than 20 min", "pas d'attente de plus de 20 min")],
    "max_night_wait": [
        (
            "20 min",
            "no wait of more than 20 min between 23:00 and 5:00",
            "pas d'attente de plus de 20 min entre 23 h et 5 h",
        )
    ],
    "max_duration": [("5 h", "no longer than 5 h", "pas plus de 5 h")],
    "max_price": [(40, "at most 40 €", "au plus 40 €"), (9.5, "at most 9.5 €", "au plus 9,5 €")],
    "extra_transfer_time": [
        ("5 min", "5 min more for every change", "5 min de plus pour chaque correspondance")
    ],
    "transfer_time_factor": [
        (1.5, "1.5 times as long for changes", "1,5 fois le temps de correspondance")
    ],
    "pace": [(2.5, "walking at 2.5 km/h", "une marche à 2,5 km/h")],
    "avoid.modes": [
        ("coach", "without the kind of vehicle coach", "sans car"),
        (["coach", "tram"], "without the kinds of vehicle coach, tram", "sans car, tram"),
    ],
    "only.modes": [
        ("night", "only the kind of vehicle night", "seulement en train de nuit"),
        (["coach", "tram"], "only the kinds of vehicle coach, tram", "seulement en car, tram"),
    ],
    "via": [
        ("Dole", "by way of Dole", "en passant par Dole"),
        (
            ["Dole", ("Dijon", "20 min"), (47.5, 5.0)],
            "by way of Dole, Dijon (at least 20 min), 47.5, 5.0",
            "en passant par Dole, Dijon (au moins 20 min), 47.5, 5.0",
        ),
    ],
    "not_before": [
        ("06:30", "on no train before 06:30", "aucun train avant 6 h 30"),
        ("06:30:15", "on no train before 06:30:15", "aucun train avant 6 h 30 min 15 s"),
    ],
    "not_after": [("22:00", "on no train after 22:00", "aucun train après 22 h 00")],
    "step_free": [("require", "step-free: require", "un trajet sans marches")],
    "bicycle": [("require", "with a bicycle: require", "un vélo à bord")],
}
NOUNS = {
    "brands": ("brand", "brands", "la marque", "les marques"),
    "operators": ("operator", "operators", "l'exploitant", "les exploitants"),
    "lines": ("line", "lines", "la ligne", "les lignes"),
    "trains": ("train number", "train numbers", "le train", "les trains"),
    "stations": (
        "station called at",
        "stations called at",
        "la gare desservie",
        "les gares desservies",
    ),
    "board_at": (
        "station boarded at",
        "stations boarded at",
        "la gare de départ",
        "les gares de départ",
    ),
    "change_at": (
        "station changed at",
        "stations changed at",
        "la gare de correspondance",
        "les gares de correspondance",
    ),
    "pass_through": (
        "station passed through",
        "stations passed through",
        "la gare traversée",
        "les gares traversées",
    ),
}
for _key, (_one, _several, _une, _plusieurs) in NOUNS.items():
    LIMITS[f"avoid.{_key}"] = [
        ("X", f"without the {_one} X", f"sans {_une} X"),
        (["X", "Y"], f"without the {_several} X, Y", f"sans {_plusieurs} X, Y"),
    ]
    LIMITS[f"only.{_key}"] = [
        ("X", f"only the {_one} X", f"seulement {_une} X"),
        (["X", "Y"], f"only the {_several} X, Y", f"seulement {_plusieurs} X, Y"),
    ]

FIELDS = [
    *(name for name in RULES if name not in ("avoid", "only")),
    *(f"{name}.{key}" for name in ("avoid", "only") for key in SELECTABLE),
]


@pytest.mark.parametrize("field", FIELDS)
def test_every_limit_is_said_in_both_languages(field: str) -> None:
    name, _, key = field.partition(".")
    for given, english, french in LIMITS[field]:
        [limit] = mp.Needs(**{name: {key: given} if key else given}).limits()
        assert limit.field == field
        assert LANGUAGES["en"].limit(limit) == limit.words == english
        assert LANGUAGES["fr"].limit(limit) == french


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_vehicle_is_said_in_french(kind: str) -> None:
    [limit] = mp.Needs(avoid={"modes": kind}).limits()
    assert LANGUAGES["fr"].limit(limit) == f"sans {LANGUAGES['fr'].kinds[kind]}"


def test_a_limit_without_words_is_an_error_not_english() -> None:
    with pytest.raises(KeyError, match="max_noise"):
        LANGUAGES["fr"].limit(Limit("max_noise", "at most 60 dB", 60))


# ------------------------------------------------------------------ reasons

PLAIN = mp.TransferRules.plain(300)
LINE = (
    trip("A 08:00", "B 08:30/08:32", "C 09:00/09:02", "D 09:30", number="1"),
    trip("C 09:10", "E 10:00", number="2", brand="TGV INOUI", line="G"),
    trip("B 09:00", "E 10:10", number="4", brand="Bus", line="K", route_type=3),
    trip("D 09:45", "E 10:05", number="5"),
)


def line(method: str, *places: str, **options: Any) -> mp.JourneySet:
    found = getattr(toy(*LINE).planner(PLAIN), method)(*places, **options)
    assert isinstance(found, mp.JourneySet)
    return found


def two_days(method: str, *places: str, **options: Any) -> mp.JourneySet:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", dates=NEXT),
        trip("B 08:00", "A 09:00", number="2", dates=f"{DAY} {NEXT}"),
        trip("B 12:00", "X 13:00", number="3"),
    ).planner()
    found = getattr(planner, method)(*places, **options)
    assert isinstance(found, mp.JourneySet)
    return found


def lost(**options: Any) -> mp.JourneySet:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("B 09:10", "C 10:00", number="2"),
        trip("B 10:00", "C 11:00", number="3"),
    ).planner(PLAIN)
    journey = planner.earliest_arrival("A", "C", depart=f"{DAY} 07:00").best
    return planner.replan(journey, at=f"{DAY} 08:30", delay="90 min", **options)


def many_changes() -> mp.JourneySet:
    hops = [
        trip(f"{a} {8 + k}:00", f"{b} {8 + k}:30")
        for k, (a, b) in enumerate(zip("ABCDEFGHI", "BCDEFGHIJ", strict=True))
    ]
    return toy(*hops).planner().profile("A", "J", date=DAY)


def too_dear() -> mp.JourneySet:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    return planner.plan(
        "Rennes", "Nice", depart="2026-03-24 08:00", needs=mp.Needs(max_price=9.5), draws=0
    )


def too_dear_anyway() -> mp.JourneySet:
    planner = mp.Planner(mp.sample(), data=mp.sample_data())
    needs = mp.Needs(max_price=9.5, max_transfers=0)
    return planner.plan("Rennes", "Nice", depart="2026-03-24 08:00", needs=needs, draws=0)


def apart(method: str, destination: str, *, until: str = "2026-06-07", **options: Any) -> Any:
    """From A to B and from C to D, on the first and on the last day; from A to D never."""
    planner = toy(
        trip("A 08:00", "B 09:00", number="1", dates=f"{DAY} {until}"),
        trip("C 08:30", "D 09:30", number="2", dates=f"{DAY} {until}"),
    ).planner()
    return getattr(planner, method)("A", destination, **options)


MORNING = {"depart": f"{DAY} 07:00"}
NEEDS = mp.Needs(max_transfers=1, avoid={"trains": 2})

#: Which template the reason is -> who has it, in English, in French.
REASONS: dict[str, tuple[Callable[[], mp.JourneySet], str, str]] = {
    "limited": (
        lambda: line("earliest_arrival", "A", "E", **MORNING, arrive=f"{DAY} 10:00", needs=NEEDS),
        "no journey from A to E within these limits: at most 1 change, without the train number 2, "
        "arriving by 2026-06-02 10:00, leaving at or after 2026-06-02 07:00; what would give one: "
        "with the train '2' allowed (2026-06-02 08:00 to 10:00), "
        "or arriving by 2026-06-02 10:05 (2026-06-02 08:00 to 10:05)",
        "aucun trajet entre A et E avec ces limites : au plus 1 changement, sans le train 2, "
        "arrivée le 02/06/2026 à 10 h 00 au plus tard, départ le 02/06/2026 à 7 h 00 au plus tôt ; "
        "ce qui suffirait : permettre le train « 2 » (le 02/06/2026 de 8 h 00 à 10 h 00), "
        "ou arrivée le 02/06/2026 à 10 h 05 au plus tard (le 02/06/2026 de 8 h 00 à 10 h 05)",
    ),
    "days over": (
        lost,
        "no way on from A at 2026-06-02 08:30 to C within days=3, the days the journey was looked "
        "for",
        "aucune suite vers C depuis A le 02/06/2026 à 8 h 30 dans les jours où le trajet a été "
        "cherché, days=3",
    ),
    "first arrival": (
        lambda: line("earliest_arrival", "A", "E", **MORNING, arrive=f"{DAY} 09:00"),
        "the earliest arrival at E is 2026-06-02 10:00, after arrive=2026-06-02 09:00",
        "on atteint E au plus tôt le 02/06/2026 à 10 h 00, après l'heure demandée (arrive=), "
        "le 02/06/2026 à 9 h 00",
    ),
    "last departure": (
        lambda: two_days("latest_departure", "A", "B", date=NEXT, depart=f"{NEXT} 09:00"),
        "the latest departure from A is 2026-06-03 08:00, before depart=2026-06-03 09:00",
        "on quitte A au plus tard le 03/06/2026 à 8 h 00, avant l'heure demandée (depart=), "
        "le 03/06/2026 à 9 h 00",
    ),
    "next after day": (
        lambda: two_days("earliest_arrival", "A", "B", date=DAY),
        "no journey from A to B leaves on 2026-06-02: the next one leaves at 2026-06-03 08:00",
        "aucun trajet entre A et B ne part le 02/06/2026 : le prochain part le 03/06/2026 à 8 h 00",
    ),
    "next after": (
        lambda: apart("plan", "B", until=NEXT, depart=f"{DAY} 12:00", window="2 h"),
        "no journey from A to B leaves before 2026-06-02 14:00: the next one leaves at "
        "2026-06-03 08:00",
        "aucun trajet entre A et B ne part avant le 02/06/2026 à 14 h 00 : le prochain part le "
        "03/06/2026 à 8 h 00",
    ),
    "next after window": (
        lambda: line("profile", "A", "E", **MORNING, window="30 min"),
        "no journey from A to E leaves between 2026-06-02 07:00 and 2026-06-02 07:30: the next one "
        "leaves at 2026-06-02 08:00",
        "aucun trajet entre A et E ne part du 02/06/2026 à 7 h 00 au 02/06/2026 à 7 h 30 : le "
        "prochain part le 02/06/2026 à 8 h 00",
    ),
    "arrives later": (
        lambda: two_days("latest_departure", "A", "B", arrive=f"{NEXT} 08:59"),
        "no journey from A to B arrives by 2026-06-03 08:59: one does at 2026-06-03 09:00",
        "aucun trajet entre A et B n'arrive le 03/06/2026 à 8 h 59 au plus tard : il y en a un qui "
        "arrive le 03/06/2026 à 9 h 00",
    ),
    "last train gone": (
        lambda: apart("earliest_arrival", "B", depart="2026-06-07 12:00"),
        "no train leaves A from 2026-06-07 12:00 on within the days looked at, days=3",
        "aucun train ne quitte A à partir du 07/06/2026 à 12 h 00 dans les jours examinés, days=3",
    ),
    "not boarded": (
        lambda: two_days("earliest_arrival", "X", "A", **MORNING),
        "no train that one may board leaves X between 2026-06-02 07:00 and 2026-06-03 09:00",
        "aucun train où l'on peut monter ne quitte X du 02/06/2026 à 7 h 00 au 03/06/2026 à 9 h 00",
    ),
    "not left": (
        lambda: line("earliest_arrival", "D", "C", depart=f"{DAY} 09:10"),
        "no train that one may leave calls at C between 2026-06-02 09:10 and 2026-06-02 10:10",
        "aucun train d'où l'on peut descendre ne dessert C du 02/06/2026 à 9 h 10 au 02/06/2026 à "
        "10 h 10",
    ),
    "further on": (
        lambda: apart("earliest_arrival", "D", **MORNING, days=1),
        "no journey from A to D arrives before 2026-06-03 00:00, the end of days=1: a larger days= "
        "looks further",
        "aucun trajet entre A et D n'arrive avant le 03/06/2026 à 0 h 00, la fin de days=1 : un "
        "days= plus grand cherche plus loin",
    ),
    "further back": (
        lambda: apart("latest_departure", "D", arrive="2026-06-07 12:00", days=1),
        "no journey from A to D in time leaves on the days looked at, days=1: a larger days= looks "
        "further back",
        "aucun trajet entre A et D ne part à temps dans les jours examinés, days=1 : un days= plus "
        "grand remonte plus loin",
    ),
    "no way there": (
        lambda: apart("earliest_arrival", "D", **MORNING, until=DAY),
        "no journey from A to D between 2026-06-02 07:00 and 2026-06-02 09:30: the timetable, "
        "which ends on 2026-06-02, has no train that leads there",
        "aucun trajet entre A et D du 02/06/2026 à 7 h 00 au 02/06/2026 à 9 h 30 : l'horaire, qui "
        "s'arrête le 02/06/2026, n'a aucun train qui y mène",
    ),
    "more changes": (
        many_changes,
        "no journey from A to J with at most 7 changes leaves between 2026-06-02 00:00 and "
        "2026-06-03 00:00: there is one with more (earliest_arrival shows it)",
        "aucun trajet entre A et J (au plus 7 changements) ne part du 02/06/2026 à 0 h 00 au "
        "03/06/2026 à 0 h 00 : il y en a un avec plus de changements (earliest_arrival le montre)",
    ),
    "too dear": (
        too_dear,
        "no journey costs at most 9.50 € at the middle of its range of prices: the cheapest costs "
        "77.79 € there; give max_price=78, or none",
        "aucun trajet ne coûte au plus 9,50 € si l'on compte le milieu de son intervalle de prix : "
        "le moins cher coûte alors 77,79 € ; donnez max_price=78, ou rien",
    ),
    "too dear anyway": (
        too_dear_anyway,
        "no journey costs at most 9.50 € at the middle of its range of prices, not even without "
        "the other needs: the cheapest then costs 77.79 € there",
        "aucun trajet ne coûte au plus 9,50 € si l'on compte le milieu de son intervalle de prix, "
        "même sans les autres besoins : le moins cher coûte alors 77,79 €",
    ),
}


@cache
def diagnosis(reason: str) -> Diagnosis:
    found = REASONS[reason][0]()
    assert not found
    return found.diagnosis


def said_of(diagnosis: Diagnosis) -> Phrase:
    reason = diagnosis._explanation.reason
    assert isinstance(reason, Phrase)
    return reason


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_said_in_both_languages(reason: str) -> None:
    why, (_, english, french) = diagnosis(reason), REASONS[reason]
    assert said_of(why).key == reason
    assert str(why) == why.reason == why.sentence() == why.sentence("en") == english
    assert why.sentence("fr") == french
    assert pickle.loads(pickle.dumps(said_of(why))) == said_of(why)


def test_another_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(mp.InvalidQuery, match="language='de' is not one of 'en', 'fr'"):
        diagnosis("not boarded").sentence("de")
    with pytest.raises(mp.InvalidQuery, match="'en', 'fr'"):
        diagnosis("limited").relaxations[0].sentence("de")


# ------------------------------------------------------------------ what would give an answer


@pytest.mark.parametrize(
    ("needs", "english", "french"),
    [
        ({"max_transfers": 0}, "at most 1 change", "au plus 1 changement"),
        ({"max_wait": "3 min"}, "no wait longer than 10 min", "pas d'attente de plus de 10 min"),
        ({"transfer_time_factor": 7.3}, "6 times as long for changes",
         "6 fois le temps de correspondance"),
        ({"not_before": "08:05"}, "on no train before 08:00", "aucun train avant 8 h 00"),
        ({"via": ["C", "B"]}, "not by way of C", "ne pas passer par C"),
        ({"step_free": "require"}, "without the limit 'step-free: require'",
         "lever la limite « un trajet sans marches »"),
        ({"avoid": {"trains": 1}}, "with the train '1' allowed", "permettre le train « 1 »"),
        ({"avoid": {"modes": "regional"}, "max_wait": "12 min"},
         "with regional trains allowed",
         "permettre le type de véhicule « train régional »"),
        ({"only": {"brands": "TER"}, "max_wait": "12 min"}, "with the brand 'TGV INOUI' allowed",
         "permettre la marque « TGV INOUI »"),
        ({"avoid": {"change_at": ["B", "C", "D"]}}, "with changes at 'C' allowed",
         "permettre la gare de correspondance « C »"),
        ({"max_transfers": 0, "max_wait": "5 min"},
         "at most 1 change and no wait longer than 10 min",
         "au plus 1 changement et pas d'attente de plus de 10 min"),
    ],
)  # fmt: skip
def test_what_would_give_one_is_said_in_both_languages(
    needs: dict[str, Any], english: str, french: str
) -> None:
    found = line("earliest_arrival", "A", "E", **MORNING, needs=mp.Needs(**needs))
    said = {one.words: one.sentence("fr") for one in found.diagnosis.relaxations}
    assert said.get(english) == french, said


@pytest.mark.parametrize("key", SELECTABLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_needs_select_can_be_said_to_be_allowed(key: str, language: str) -> None:
    name = Kind("coach") if key == "modes" else "X"
    said = LANGUAGES[language].say(phrase(f"allow {key}", name=name))
    assert said.count(LANGUAGES[language].kinds["coach"] if key == "modes" else "X") == 1


def test_what_was_asked_is_a_limit_too() -> None:
    needs = mp.Needs(max_transfers=0)
    day = line("profile", "A", "E", date=DAY, needs=needs).diagnosis
    assert "leaving on 2026-06-02; what" in day.sentence()
    assert "départ le 02/06/2026 ; ce qui" in day.sentence("fr")
    hours = line("profile", "A", "E", **MORNING, window="90 min", needs=needs).diagnosis
    assert "leaving before 2026-06-02 08:30; what" in hours.sentence()
    assert "départ avant le 02/06/2026 à 8 h 30 ; ce qui" in hours.sentence("fr")
    sooner = line(
        "earliest_arrival", "A", "E", depart=f"{DAY} 08:10", arrive=f"{DAY} 10:30",
        needs=mp.Needs(max_transfers=1),
    ).diagnosis  # fmt: skip
    assert [one.sentence("fr") for one in sooner.relaxations] == ["départ le 02/06/2026 à 8 h 00"]


def test_a_journey_past_midnight_has_two_days() -> None:
    planner = toy(
        trip("A 23:00", "B 23:30", number="1"), trip("B 23:40", "C 24:20", number="2")
    ).planner(PLAIN)
    none = planner.earliest_arrival("A", "C", **MORNING, needs=mp.Needs(max_transfers=0)).diagnosis
    assert none.sentence().endswith("(2026-06-02 23:00 to 2026-06-03 00:20)")
    assert none.sentence("fr").endswith("(du 02/06/2026 à 23 h 00 au 03/06/2026 à 0 h 20)")


# ------------------------------------------------------------------ none is left out


def test_every_phrase_that_a_planner_makes_has_words() -> None:
    folder = Path(mp.__file__).parent / "planner"
    made = {
        key
        for path in folder.glob("*.py")
        for key in re.findall(r"phrase\(\s*\"([^\"]+)\"", path.read_text("utf-8"))
    }
    for words in LANGUAGES.values():
        assert made <= words.phrases.keys()
    assert made >= REASONS.keys()
