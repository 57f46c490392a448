"""One colour for each brand: the same in every picture of a timetable, and in its legend.

Twelve colours that people with any of the three kinds of colour blindness can tell apart:
between any two the distance in CIELAB is at least 16, as seen with normal sight and as
simulated for protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", table 1, severity 1).
The hues follow the brands' own where that allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: Brand -> colour. A brand that is not listed takes a colour that no listed brand needs.
BRAND_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "TGV INOUI": "#9B1B4D",
        "OUIGO": "#EE6AA7",
        "INTERCITES": "#02A673",
        "INTERCITES de nuit": "#2B2A6B",
        "Train TER": "#037CD0",
        "Car TER": "#E29300",
        "TramTrain": "#63C6E8",
        "Navette": "#978D46",
        "Transilien": "#5724BB",
        "Lyria": "#DE4800",
        "ICE": "#7A5530",
        "Eurostar": "#F0D43A",
    }
)
UNKNOWN_BRAND = "#6B6B6B"

GROUND = "#F7F6F2"  # the sheet that maps are drawn on
LINE = "#C9C6BE"  # the network's lines on it
WALK = "#3C3C3C"
TEXT = "#222222"


def colours(brands: Iterable[str]) -> dict[str, str]:
    """Return a colour for each brand of a timetable.

    Parameters
    ----------
    brands : iterable of str
        All brands of the timetable (`Timetable.brands`), so that a brand keeps its colour from
        picture to picture.

    Returns
    -------
    dict
        Brand -> "#RRGGBB". Up to twelve brands get twelve colours; further ones share them.

    Examples
    --------
    >>> colours(["OUIGO", "Caltrain"])
    {'OUIGO': '#EE6AA7', 'Caltrain': '#9B1B4D'}
    """
    brands = list(dict.fromkeys(brands))
    listed = {brand: BRAND_COLOURS[brand] for brand in brands if brand in BRAND_COLOURS}
    every = list(BRAND_COLOURS.values())
    spare = [colour for colour in every if colour not in listed.values()] or every
    others = sorted(brand for brand in brands if brand and brand not in listed)
    listed |= {brand: spare[k % len(spare)] for k, brand in enumerate(others)}
    return {brand: listed.get(brand, UNKNOWN_BRAND) for brand in brands}


def brand_name(brand: str, mode: str = "train") -> str:
    """Return what a legend calls a brand; a vehicle without one is named by its mode.

    >>> brand_name("OUIGO"), brand_name("", "coach")
    ('OUIGO', 'coach, brand unknown')
    """
    return brand or f"{mode}, brand unknown"
