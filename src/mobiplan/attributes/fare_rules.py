"""What a ride costs where nothing is published: a boarding fee and so much a kilometre, by brand.

Each rule says how it was made and from what. They are additive on purpose, as a search needs it;
the real tariffs fall with distance, so the rule of a brand is fitted over the distances it is
ridden for. Euros of 2025, second class, full fare. A brand without a rule has no known fare.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mobiplan.attributes.amount import Label
from mobiplan.opendata.dataset import ODBL, PLATFORM, Source

#: First class over second: 1.5 in SNCF's scale of 2011.
FIRST_CLASS = 1.5

SCALE_2011 = Source(
    "SNCF, Tarifs voyageurs: scale of the Tarif Normal",
    "2011-07-01",
    "",
    "http://tarification.blogspot.com/2011/08/",
    "piecewise affine in km; first class is 1.5 times second",
)
CLCV_2025 = Source(
    "CLCV: full TER fares for 50 km in eleven regions",
    "2025-02-01",
    "",
    "https://banquedesterritoires.fr/transports-regionaux-lassociation-de-consommateurs-clcv-demande-plus-de-transparence-tarifaire",
    "8.60 € (Normandie) to 12.10 € (Grand Est), 11.0 € on average",
)
TGV_TABLE = Source(
    "tarifs-tgv-inoui-ouigo",
    "",
    ODBL,
    f"{PLATFORM}/explore/dataset/tarifs-tgv-inoui-ouigo/",
    "affine fit over the pairs of the table as exported before 2026",
)
ART_2024 = Source(
    "ART: coaches, 6 € per passenger and 100 km in 2024 (Que Choisir)",
    "2025-06",
    "",
    "https://www.quechoisir.org/actualite-transport-l-etonnant-succes-des-voyages-en-autocar-n167996/",
)
IDFM_2025 = Source(
    "Île-de-France Mobilités: single tickets",
    "2025-01-02",
    "",
    "https://www.ratp.fr/en/titres-et-tarifs/ticket-metro-train-rer",
    "2.50 € by metro, train or RER, 2 € by bus or tram, whatever the distance",
)


class FareRule(NamedTuple):
    """A boarding fee and a price per kilometre, from low to high."""

    name: str
    brands: str  # pattern of the brand's name in lower case, from end to end
    low_fee_eur: float
    high_fee_eur: float
    low_eur_km: float
    high_eur_km: float
    label: Label
    why: str
    sources: tuple[Source, ...]
    first_class: float = FIRST_CLASS  # what first class costs over second; 1 where there is none
    cards: bool = True  # whether SNCF's cards reduce it


# The scale of 2011 is 1.07 € + 0.149 €/km within 16 % from 5 to 200 km (2.7 % in the median), and
# 8.00 € + 0.100 €/km within 13 % from 100 to 700 km. At 50 km the first is 8.50 €, where CLCV
# found 8.60 to 12.10 €: 1.01 to 1.42 times the scale, 1.30 on average.
_TER = (1.07 * 1.012, 1.07 * 1.424, 0.1486 * 1.012, 0.1486 * 1.424)
# Low over high is 0.244 in the median of the TGV's full fares in second class.
_INTERCITY = (8.00 * 1.30 * 0.244, 8.00 * 1.30, 0.0999 * 1.30 * 0.244, 0.0999 * 1.30)
# tarifs-tgv-inoui-ouigo, Tarif Normal, 2nd class, by great-circle km; railways are 1.21 times that.
_TGV = (11.40, 16.85, 0.026 / 1.21, 0.193 / 1.21)
_OUIGO = (8.07, 29.86, 0.015 / 1.21, 0.119 / 1.21)

RULES = (
    FareRule(
        "OUIGO",
        r"ouigo.*",
        *_OUIGO,
        Label.MODELLED,
        "fit over the 162 published pairs; median error 9 % of the low and 16 % of the high price",
        (TGV_TABLE,),
        first_class=1.0,
        cards=False,
    ),
    FareRule(
        "TGV INOUI",
        r"tgv inoui",
        *_TGV,
        Label.MODELLED,
        "fit over 4,061 published pairs; median error 11 % of the low and 14 % of the high price",
        (TGV_TABLE,),
    ),
    FareRule(
        "high-speed trains of other brands",
        r"tgv.*|lyria|ice|eurostar|thalys|db.*",
        *_TGV,
        Label.ASSUMED,
        "as the TGV INOUI: nothing is published",
        (TGV_TABLE,),
    ),
    FareRule(
        "Intercités",
        r"intercit[ée]s.*",
        *_INTERCITY,
        Label.ASSUMED,
        "high: the scale of 2011 at the level of TER fares in 2025; low: as far below it as in the "
        "TGV's table; a seat, no berth",
        (SCALE_2011, CLCV_2025, TGV_TABLE),
    ),
    FareRule(
        "TER and the coaches in its stead",
        r"(train )?ter|train|tram ?train|car ter|car|car à réservation|navette.*",
        *_TER,
        Label.MODELLED,
        "the scale of 2011 at the level of the cheapest and the dearest region in 2025",
        (SCALE_2011, CLCV_2025),
    ),
    FareRule(
        "Transilien",
        r"transilien|rer.*",
        2.50,
        2.50,
        0.0,
        0.0,
        Label.MODELLED,
        "the single ticket, once per train though one ticket carries on",
        (IDFM_2025,),
        first_class=1.0,
        cards=False,
    ),
    FareRule(
        "long-distance coaches",
        r"flixbus|blablacar bus",
        0.0,
        0.0,
        0.03,
        0.09,
        Label.ASSUMED,
        "the mean of 2024, half of it either way",
        (ART_2024,),
        first_class=1.0,
        cards=False,
    ),
)

#: A search must rank what it does not know. An unknown fare counts as this much [€/km], which is
#: the TGV's mean in Que Choisir's survey of 2024: dear, rather than free. It is never shown.
UNKNOWN_EUR_KM = 0.19


def rule_of(brand: str) -> int:
    """Return the place in `RULES` of the first rule that fits a brand, -1 if none does.

    >>> RULES[rule_of("Train TER")].name, rule_of("Caltrain")
    ('TER and the coaches in its stead', -1)
    """
    return next(
        (i for i, rule in enumerate(RULES) if re.fullmatch(rule.brands, brand.casefold())), -1
    )
