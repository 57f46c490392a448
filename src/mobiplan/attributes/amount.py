"""`Amount`: a figure that knows how sure it is and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from mobiplan.opendata.dataset import Source

#: Where in a range a cost is taken.
Price: TypeAlias = Literal["low", "middle", "high"]


class Label(IntEnum):
    """How a figure came about; the greater, the weaker. Arrays hold the number as int8.

    >>> max(Label.PUBLISHED, Label.MODELLED).word
    'modelled'
    """

    PUBLISHED = 0  # in a table, as asked
    OPPOSITE = 1  # in a table for the opposite direction
    MODELLED = 2  # from figures in a table or a publication, by a stated rule
    ASSUMED = 3  # by a rule that nobody published
    UNKNOWN = 4  # nothing is known; never counts as 0, yes or no

    @property
    def word(self) -> str:
        """One of published, modelled, assumed, unknown."""
        return "published" if self is Label.OPPOSITE else self.name.lower()

    @property
    def text(self) -> str:
        """For people.

        >>> Label.OPPOSITE.text
        'published for the opposite direction'
        """
        return self.word + " for the opposite direction" * (self is Label.OPPOSITE)


@dataclass(frozen=True)
class Amount:
    """A range of a quantity, how it came about and from what.

    Attributes
    ----------
    low, high : float
        In `unit`; equal where it is one figure, NaN where it is unknown.
    unit : str
        "€" or "kg CO2e".
    label : Label
        The weakest of what it was added up from.
    sources : tuple of Source
        All of them, each once, in order.

    Examples
    --------
    >>> fare = Amount(10.0, 29.0, "€", Label.PUBLISHED) + Amount(4.2, 4.2, "€", Label.MODELLED)
    >>> print(fare)
    14.20 to 33.20 € (modelled)
    >>> print(fare + Amount.unknown("€"))
    unknown
    """

    low: float
    high: float
    unit: str
    label: Label
    sources: tuple[Source, ...] = ()

    @classmethod
    def unknown(cls, unit: str) -> Amount:
        """Return what is not known: NaN, which no sum turns into a number.

        Parameters
        ----------
        unit : str
            Of what is not known, "€" or "kg CO2e".

        Examples
        --------
        >>> Amount.unknown("€").is_known
        False
        """
        return cls(math.nan, math.nan, unit, Label.UNKNOWN)

    @classmethod
    def total(cls, amounts: Iterable[Amount], unit: str) -> Amount:
        """Add amounts up: 0 of nothing, unknown if one is.

        Parameters
        ----------
        amounts : iterable of Amount
            All in `unit`.
        unit : str
            "€" or "kg CO2e".

        Raises
        ------
        ValueError
            If an amount is in another unit.

        Examples
        --------
        >>> legs = [Amount(10, 29, "€", Label.PUBLISHED), Amount(4, 4, "€", Label.MODELLED)]
        >>> print(Amount.total(legs, "€"))
        14.00 to 33.00 € (modelled)
        """
        total = cls(0.0, 0.0, unit, Label.PUBLISHED)
        for amount in amounts:
            total += amount
        return total

    @property
    def middle(self) -> float:
        """The middle of the range, in `unit`; NaN where it is unknown.

        >>> Amount(10, 30, "€", Label.PUBLISHED).middle
        20.0
        """
        return (self.low + self.high) / 2

    @property
    def is_known(self) -> bool:
        """Whether there is a figure."""
        return self.label is not Label.UNKNOWN

    def at(self, price: Price) -> float:
        """Return one figure of the range, in `unit`; NaN where it is unknown.

        Parameters
        ----------
        price : {"low", "middle", "high"}
            Which.

        Examples
        --------
        >>> Amount(10, 30, "€", Label.PUBLISHED).at("high")
        30
        """
        return {"low": self.low, "middle": self.middle, "high": self.high}[price]

    def __add__(self, other: Amount) -> Amount:
        if self.unit != other.unit:
            raise ValueError(f"{self.unit} and {other.unit} do not add up")
        return Amount(
            self.low + other.low,
            self.high + other.high,
            self.unit,
            max(self.label, other.label),
            tuple(dict.fromkeys(self.sources + other.sources)),
        )

    def __str__(self) -> str:
        if not self.is_known:
            return "unknown"
        digits = 2 if self.unit == "€" else 3
        low, high = f"{self.low:.{digits}f}", f"{self.high:.{digits}f}"
        return f"{low if low == high else f'{low} to {high}'} {self.unit} ({self.label.text})"
