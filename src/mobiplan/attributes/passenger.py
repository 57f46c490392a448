"""Who pays: class, age and cards, and what they are worth where no fare is published for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from mobiplan.attributes.amount import Label
from mobiplan.errors import InvalidQuery
from mobiplan.opendata.dataset import Source

NORMAL = "Tarif Normal"


class Card(NamedTuple):
    """What a card changes."""

    profile: str  # the `profil_tarifaire` of the published fares that it opens
    share: float  # of that profile's price that is paid
    label: Label  # of a published price, once the card's rule has been used
    additive_share: float  # of the modelled prices: regional trains, intercity trains, coaches
    source: Source


_CARDS_2019 = Source(
    "Carte Avantage: what it offers (Ville, Rail & Transports)",
    "2019-03",
    "",
    "https://www.ville-rail-transports.com/ferroviaire/depoussiere-cartes-reductions/",
    "30 % in TGV INOUI and Intercités, not in OUIGO; TER 25 to 50 % (Boursorama, 2020-08)",
)
_LARGE_FAMILY = Source(
    "Carte Familles nombreuses",
    "",
    "",
    "https://www.sncf-connect.com",
    "its rate of the regulated fare (tarif réglementé)",
)
_STUDENT = Source(
    "Tarif Élève - Étudiant - Apprenti", "", "", "https://www.sncf-connect.com", "TGV INOUI"
)

_AVANTAGE = Card("Tarif Avantage", 1.0, Label.PUBLISHED, 0.75, _CARDS_2019)

#: The cards, in lower case. The reductions on modelled fares are assumptions.
CARDS: Mapping[str, Card] = MappingProxyType(
    {
        "avantage": _AVANTAGE,
        "avantage jeune": _AVANTAGE,
        "avantage adulte": _AVANTAGE,
        "avantage senior": _AVANTAGE,
        "étudiant": Card("Tarif Elève - Etudiant - Apprenti", 1.0, Label.PUBLISHED, 1.0, _STUDENT),
    }
    | {
        f"famille nombreuse {rate}": Card(
            "Tarif Réglementé", 1 - rate / 100, Label.MODELLED, 1 - rate / 100, _LARGE_FAMILY
        )
        for rate in (30, 40, 50, 75)
    }
)

#: Below these ages this share of the fare is paid, in the order of age (assumed of every brand).
CHILD_SHARES = ((4, 0.0), (12, 0.5))
CHILDREN = Source(
    "Children's fares (frenchrails.com, questions and answers)",
    "",
    "",
    "https://frenchrails.com/it/faq/railways-policies",
    "under 4 free of charge on the lap; from 4 to 11 half of the normal fare",
)


@dataclass(frozen=True)
class Passenger:
    """What decides on the price.

    Parameters
    ----------
    class_ : int
        1 or 2. Brands without a first class are priced in second.
    age : int, optional
        In years. Under 4 travel free, under 12 pay half: assumed of every brand.
    cards : tuple of str
        Of `CARDS`, any case: "avantage", "avantage jeune", "famille nombreuse 30", "étudiant".
        Each leg is priced with the one, or none, that makes its middle price the lowest.

    Raises
    ------
    InvalidQuery
        If the class is neither 1 nor 2, the age negative, or a card unknown.

    Examples
    --------
    >>> Passenger(cards=("Avantage Jeune",)).cards
    ('avantage jeune',)
    >>> Passenger(cards=("BahnCard",))
    Traceback (most recent call last):
    mobiplan.errors.InvalidQuery: card 'BahnCard' is not one of avantage, ...
    """

    class_: int = 2
    age: int | None = None
    cards: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no tariff knows."""
        if self.class_ not in (1, 2):
            raise InvalidQuery(f"class_={self.class_!r}: give 1 or 2")
        if self.age is not None and not 0 <= self.age <= 130:
            raise InvalidQuery(f"age={self.age!r}: give years, 0 to 130")
        cards = (self.cards,) if isinstance(self.cards, str) else tuple(self.cards)
        for card in cards:
            if card.casefold() not in CARDS:
                raise InvalidQuery(f"card {card!r} is not one of {', '.join(CARDS)}")
        named = tuple(dict.fromkeys(card.casefold() for card in cards))
        object.__setattr__(self, "cards", named)

    @property
    def child_share(self) -> float:
        """The share of the fare that is paid at this age, 0 to 1.

        >>> Passenger(age=3).child_share, Passenger(age=8).child_share, Passenger().child_share
        (0.0, 0.5, 1.0)
        """
        if self.age is None:
            return 1.0
        return next((share for below, share in CHILD_SHARES if self.age < below), 1.0)
