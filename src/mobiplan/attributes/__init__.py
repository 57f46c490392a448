"""Facts that colour a ride, each with its source: fares, emissions, access in stations."""

from mobiplan.attributes.access import Access, Fact
from mobiplan.attributes.amount import Amount, Label, Price
from mobiplan.attributes.door import Attributes
from mobiplan.attributes.emissions import Emissions
from mobiplan.attributes.fares import Fares
from mobiplan.attributes.passenger import Passenger

__all__ = [
    "Access",
    "Amount",
    "Attributes",
    "Emissions",
    "Fact",
    "Fares",
    "Label",
    "Passenger",
    "Price",
]
