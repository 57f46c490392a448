"""Distances on the globe."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mobiplan.timetable.arrays import Float64

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


def distance_m(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> Float64:
    """Return great-circle distances in metres between points in degrees (haversine formula).

    >>> int(distance_m(48.8443, 2.3743, 48.8394, 2.3823))  # Paris Gare de Lyon to Bercy
    799
    """
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    half_lat = np.sin((to_phi - phi) / 2) ** 2
    half_lon = np.sin(np.radians(np.subtract(to_lon, lon)) / 2) ** 2
    angle = 2 * np.arcsin(np.sqrt(half_lat + np.cos(phi) * np.cos(to_phi) * half_lon))
    return np.asarray(angle * EARTH_RADIUS_M, dtype=np.float64)
