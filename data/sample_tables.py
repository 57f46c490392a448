"""The open-data tables that go with the sample feed, in the format of SNCF's platform.

`make_sample.py` packs them into ``src/mobiplan/data/opendata.zip``. Stations' names, codes and
size classes are SNCF's; **every other figure is made up**: plausible, drawn from the names, so that
it is the same each time, and true of nothing.
"""

from __future__ import annotations

import csv
import io
import json
import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

DATE = "2026-03-20"
MADE_UP = "made up for the bundled feed: not {} of SNCF"
PROFILES = {  # share of the full fare, low and high; 0 = both are this much of the high one
    "Tarif Normal": (1.0, 1.0),
    "Tarif Réglementé": (0.0, 0.85),
    "Tarif Avantage": (0.7, 0.7),
    "Tarif Elève - Etudiant - Apprenti": (0.0, 0.25),
}
ITEMS = (
    "Accès par ascenseur, rampe ou de plain-pied, depuis l'entrée",
    "Assistance proposée pour accéder aux quais et monter / descendre du train",
    "Présence du personnel",
    "Fauteuil roulant à disposition",
    "Toilettes",
    "Toilettes adaptées aux personnes en fauteuil roulant",
    "Bande d'éveil de vigilance sur les quais",
    "Boucle à induction magnétique",
    "Information sonore en gare et/ou sur les quais",
    "Écrans d'information en gare et/ou sur les quais",
)
THROUGH = (("Rennes", "Grenoble"), ("Brest", "Lyon Part Dieu"), ("Nantes", "Nice"))
CARRIERS = {  # brand -> carrier of the emissions' table, kg per km, a pair in how many is listed
    "TGV INOUI": ("TGV", 0.004, 4),
    "INTERCITES": ("Intercités", 0.007, 3),
    "Train TER": ("TER", 0.025, 40),
}
WEEK = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")

Row = tuple[object, ...]


class Place(Protocol):
    """A station as make_sample reads it."""

    name: str
    uic: str
    lat: str
    lon: str
    segment: str


class Stop(Protocol):
    """A call of a line."""

    station: Place


class Service(Protocol):
    """A line, whose calls are joined by a train."""

    brand: str
    calls: tuple[Stop, ...]


def draw(*words: str) -> float:
    """A number from 0 to 1 that depends on the words only."""
    return zlib.crc32("|".join(words).encode()) / 0xFFFFFFFF


def kilometres(one: Place, two: Place) -> float:
    """Great-circle distance."""
    lat, lon, to_lat, to_lon = (
        math.radians(float(x)) for x in (one.lat, one.lon, two.lat, two.lon)
    )
    a = math.sin((to_lat - lat) / 2) ** 2
    a += math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(a))


def pairs(lines: Iterable[Service], brand: str) -> list[tuple[Place, Place]]:
    """The pairs that a brand's trains join, each in one direction only, in order of codes."""
    found: dict[tuple[str, str], tuple[Place, Place]] = {}
    for line in lines:
        if line.brand == brand:
            places = [call.station for call in line.calls]
            for i, one in enumerate(places):
                for two in places[i + 1 :]:
                    first, second = sorted((one, two), key=lambda place: place.uic)
                    found[first.uic, second.uic] = (
                        (first, second) if draw(first.uic, second.uic) < 0.5 else (second, first)
                    )
    return [found[codes] for codes in sorted(found)]


def fares(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """A range for nine pairs in ten of each brand, and for three journeys with a change."""
    yield (
        "Transporteur", "Gare origine", "Gare origine - code UIC", "Destination",
        "Gare destination - code UIC", "Classe", "Profil tarifaire", "Prix minimum", "Prix maximum",
    )  # fmt: skip
    through = [(stations[one], stations[two]) for one, two in THROUGH]
    for brand, share in (("OUIGO", 0.65), ("TGV INOUI", 1.0)):
        for one, two in pairs(lines, brand) + (through if share == 1 else []):
            if draw("published", brand, one.uic, two.uic) > 0.9 and (one, two) not in through:
                continue
            km = kilometres(one, two) * (0.9 + 0.2 * draw(one.name, two.name))
            low, high = share * (7 + 0.03 * km), share * (15 + 0.2 * km)
            ends = one.name.upper(), one.uic, two.name.upper(), two.uic
            for class_, more in (("2", 1.0), ("1", 1.5)):
                for profile, (of_low, of_high) in PROFILES.items():
                    if brand == "OUIGO" and (class_ == "1" or profile != "Tarif Normal"):
                        continue
                    to = round(high * of_high * more)
                    yield (brand, *ends, class_, profile, round(low * of_low * more) or to, to)


def emissions(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """Some pairs of each carrier, complete life cycle."""
    yield (
        "Transporteur", "Origine", "Origine_uic", "Destination", "Destination_uic",
        "Distance entre les gares", "Train - Empreinte carbone (kgCO2e)", "Distance routière",
        "Autocar longue distance - Empreinte carbone (kgCO2e)",
        "Voiture électrique (2,2 pers.) - Empreinte carbone (kgCO2e)",
        "Voiture thermique (2,2 pers.) - Empreinte carbone (kgCO2e)",
        "Distance aérienne", "Avion - Empreinte carbone (kgCO2e)",
    )  # fmt: skip
    for brand, (carrier, factor, one_in) in CARRIERS.items():
        for one, two in pairs(lines, brand):
            direct = kilometres(one, two)
            if draw("emissions", brand, one.uic, two.uic) > 1 / one_in or direct < 50:
                continue
            rail, road = round(1.15 * direct), round(1.25 * direct)
            flies = direct > 350
            yield (
                carrier, one.name, one.uic, two.name, two.uic, rail, round(rail * factor, 4),
                road, round(road * 0.04, 3), round(road * 0.09, 3), round(road * 0.1, 3),
                round(direct) if flies else "", round(direct * 0.13, 3) if flies else "",
            )  # fmt: skip


def gares(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """The stations, as SNCF names, numbers and sizes them."""
    yield "Nom", "Segment(s) DRG", "Position géographique", "Code(s) UIC"
    for place in stations.values():
        yield place.name, place.segment, f"{place.lat}, {place.lon}", place.uic


def equipment(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """A row for each item there is: most of them in large stations, some in others."""
    yield "UIC", "nom_gare", "accessibilite"
    for place in stations.values():
        there = {"A": 0.95, "B": 0.35}.get(place.segment, 0.0)
        for item in ITEMS:
            if draw(item, place.uic) < there:
                yield place.uic, place.name, item


def assistance(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """Assistances of two months."""
    yield (
        "Date/Mensuel", "Code UIC", "Nom de la gare", "Assistance simple", "Rampe", "Fauteuil",
        "Rampe et  fauteuil", "Total",
    )  # fmt: skip
    for month in ("2026-01", "2026-02"):
        for place in stations.values():
            if place.segment in ("A", "B"):
                most = 400 if place.segment == "A" else 12
                given = [int(most * draw(kind, month, place.uic) ** 3) for kind in "srwb"]
                yield month, f"00{place.uic}", place.name, *given, sum(given)


def wifi(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """Yes in large stations, yes or no in others; nothing on stations abroad."""
    yield "UIC", "Gare", "Service Wifi"
    for place in stations.values():
        if place.uic.startswith("87"):
            there = place.segment == "A" or draw("wifi", place.uic) < 0.1
            yield place.uic[2:], place.name, "Oui" if there else "Non"


def hours(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """Large stations are open into the night, middling ones close for lunch or early."""
    yield "UIC", "Gare", "Jour de la semaine", "Horaire en jour normal", "Horaire en jour férié"
    for place in stations.values():
        spans = {"A": ["05:00-00:30"], "B": ["06:00-20:00"]}.get(place.segment, [])
        if place.segment == "B" and draw("lunch", place.uic) < 0.2:
            spans = ["06:00-12:00", "13:30-19:00"]
        for day in WEEK if spans else ():
            for span in spans:
                yield f"00{place.uic}", place.name, day, span, "Fermé" if len(spans) > 1 else ""


def passengers(stations: dict[str, Place], lines: list[Service]) -> Iterator[Row]:
    """Passengers of two years."""
    years = ("2025", "2024")
    yield (
        "Nom de la gare", "Code UIC", "Code postal", "Segmentation DRG",
        *(f"Total Voyageurs{more} {year}" for year in years for more in ("", " + Non voyageurs")),
    )  # fmt: skip
    for place in stations.values():
        if place.segment:
            most = {"A": 40e6, "B": 3e6}.get(place.segment, 2e5)
            usual = most * (0.05 + draw("passengers", place.uic) ** 3)
            counts = [int(usual * (0.95 + 0.1 * draw(year, place.uic))) for year in years]
            both = [count for n in counts for count in (n, int(n * 1.2))]
            yield place.name, place.uic, "", place.segment, *both


TABLES = {  # data set -> its rows, and what its figures are not
    "accompagnement-pmr-gares": (assistance, "a count"),
    "emission-co2-perimetre-complet": (emissions, "a figure"),
    "equipements-accessibilite-en-gares": (equipment, "a statement"),
    "frequentation-gares": (passengers, "a count"),
    "gares-de-voyageurs": (gares, ""),
    "gares-equipees-du-wifi": (wifi, "a statement"),
    "horaires-des-gares": (hours, "a statement"),
    "tarifs-tgv-inoui-ouigo": (fares, "a price"),
}


def files(stations: dict[str, Place], lines: list[Service]) -> dict[str, bytes]:
    """Every table as the platform exports it, and beside it where it comes from."""
    made = {}
    for dataset, (rows, not_a) in TABLES.items():
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows(stations, lines))
        made[f"{dataset}.csv"] = ("\ufeff" + text.getvalue()).encode()
        origin = {
            "dataset": dataset,
            "date": DATE,
            "licence": "ODbL 1.0",
            "url": "https://example.org/mobiplan",
            "note": MADE_UP.format(not_a) if not_a else "after SNCF's Gares de voyageurs",
        }
        made[f"{dataset}.source.json"] = json.dumps(origin, indent=1).encode()
    return made
