"""How much a kilometre emits where no pair is published: by the transporter a brand belongs to.

Complete life cycle: building and upkeep of the vehicle, and its running. Kilograms of CO2
equivalent per passenger and kilometre of railway or road.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mobiplan.attributes.amount import Label
from mobiplan.opendata.dataset import ODBL, PLATFORM, Source

PERIMETER = "complete life cycle"

CO2_TABLE = Source(
    "emission-co2-perimetre-complet",
    "",
    ODBL,
    f"{PLATFORM}/explore/dataset/emission-co2-perimetre-complet/",
    "the kilograms over the kilometres of each transporter's rows, which never differ",
)
SNCF_2025 = Source(
    "SNCF Voyageurs: Le calcul de l'empreinte carbone des transports",
    "2025-04-17",
    "",
    "https://www.sncf-voyageurs.com/fr/decouvrez-notre-entreprise/rse-et-transitions/",
    "8.3 g a kilometre over all trains",
)


class EmissionRule(NamedTuple):
    """So much a kilometre."""

    name: str
    brands: str  # pattern of the brand's name in lower case, from end to end
    kinds: tuple[str, ...]  # the kinds of other brands that it stands in for
    carrier: str  # `transporteur` of the published table, whose factor is taken from it; "" none
    kg_km: float
    label: Label  # for its own brands; for other brands of these kinds it is assumed
    source: Source


RULES = (
    EmissionRule("Lyria", r"lyria", (), "", 0.0040, Label.MODELLED, CO2_TABLE),
    EmissionRule("ICE", r"ice|db.*", (), "", 0.0091, Label.MODELLED, CO2_TABLE),
    EmissionRule("Eurostar", r"eurostar|thalys", (), "", 0.0068, Label.MODELLED, CO2_TABLE),
    EmissionRule(
        "night trains, as Intercités",
        r".*\bnuit\b.*",
        ("night",),
        "Intercités",
        0.0067,
        Label.ASSUMED,
        CO2_TABLE,
    ),
    EmissionRule(
        "Intercités",
        r"intercit[ée]s|ouigo train classique",
        ("intercity",),
        "Intercités",
        0.0067,
        Label.MODELLED,
        CO2_TABLE,
    ),
    EmissionRule("TGV", r"tgv.*|ouigo", ("high speed",), "TGV", 0.0035, Label.MODELLED, CO2_TABLE),
    EmissionRule(
        "TER", r"(train )?ter|train", ("regional",), "TER", 0.0238, Label.MODELLED, CO2_TABLE
    ),
    EmissionRule(
        "coach", r"flixbus|blablacar bus", ("coach",), "", 0.038, Label.MODELLED, CO2_TABLE
    ),
    EmissionRule(
        "trains on average",
        r"",
        ("suburban", "tram", "metro"),
        "",
        0.0083,
        Label.ASSUMED,
        SNCF_2025,
    ),
)

#: Rows of trains abroad: they stand in where a transporter has no row of its own for a pair.
INTERNATIONAL = "International"

#: The transporters of the published table.
CARRIERS = (*dict.fromkeys(rule.carrier for rule in RULES if rule.carrier), INTERNATIONAL)


class Alternative(NamedTuple):
    """Another way to travel between two stations."""

    name: str
    column: str  # of the published table
    km_column: str  # the way that it takes
    kg_km: float  # where there is no table
    detour: float  # its way over the great circle, the median of the table
    from_km: float  # great-circle distance below which the table has no such journey


#: Factors and detours are the table's; its shortest flight is 241 km.
ALTERNATIVES = (
    Alternative("car", "car_kg", "road_km", 0.089, 1.23, 0.0),
    Alternative("electric car", "electric_car_kg", "road_km", 0.094, 1.23, 0.0),
    Alternative("coach", "coach_kg", "road_km", 0.038, 1.23, 0.0),
    Alternative("plane", "plane_kg", "air_km", 0.125, 1.005, 240.0),
)

#: A search must rank what it does not know: as a car, 2.2 in it. It is never shown.
UNKNOWN_KG_KM = 0.089


def rule_of(brand: str, kind: str) -> tuple[int, Label]:
    """Return the place in `RULES` of the rule for a brand or else its kind, and its label.

    >>> [(RULES[i].name, label.word) for i, label in [rule_of("Lyria", "high speed"),
    ...                                               rule_of("Caltrain", "regional")]]
    [('Lyria', 'modelled'), ('TER', 'assumed')]
    >>> rule_of("Corsica Linea", "ferry")
    (-1, <Label.UNKNOWN: 4>)
    """
    for i, rule in enumerate(RULES):
        if re.fullmatch(rule.brands, brand.casefold()) and rule.brands:
            return i, rule.label
    for i, rule in enumerate(RULES):
        if kind in rule.kinds:
            return i, Label.ASSUMED
    return -1, Label.UNKNOWN
