"""The palette: a brand keeps its colour, and colours stay apart for colour-blind eyes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from mobiplan.maps.palette import BRAND_COLOURS, UNKNOWN_BRAND, colours

Matrix = NDArray[np.float64]

# Machado, Oliveira, Fernandes 2009, table 1, severity 1: linear RGB as seen.
SIGHT = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> Matrix:
    """sRGB as hex text to linear light (IEC 61966-2-1)."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: Matrix) -> Matrix:
    """Linear RGB to CIELAB under D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    white = np.array([0.9505, 1.0, 1.089])
    x = to_xyz @ np.clip(rgb, 0, 1) / white
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_brands_can_be_told_apart(sight: str) -> None:
    seen = {
        brand: lab(np.array(SIGHT[sight]) @ linear(colour))
        for brand, colour in BRAND_COLOURS.items()
    }
    near = {
        (one, other): float(np.linalg.norm(seen[one] - seen[other]))
        for one, other in combinations(seen, 2)
    }
    assert min(near.values()) >= 16, min(near, key=lambda pair: near[pair])


def test_a_listed_brand_has_its_colour_whatever_else_there_is() -> None:
    alone, among = colours(["OUIGO"]), colours(["A", "OUIGO", "Z", ""])
    assert alone["OUIGO"] == among["OUIGO"] == BRAND_COLOURS["OUIGO"]


def test_brands_that_are_not_listed_take_free_colours_whatever_their_order() -> None:
    given = colours(["TGV INOUI", "Metro-North", "Caltrain"])
    assert len(set(given.values())) == 3
    assert given == colours(["Caltrain", "Metro-North", "TGV INOUI"])


def test_up_to_twelve_brands_have_twelve_colours_and_more_than_that_still_have_one() -> None:
    twelve = colours([f"brand {k}" for k in range(12)])
    assert len(set(twelve.values())) == 12
    assert set(colours([f"brand {k}" for k in range(30)]).values()) <= set(BRAND_COLOURS.values())
    assert colours([""]) == {"": UNKNOWN_BRAND}
