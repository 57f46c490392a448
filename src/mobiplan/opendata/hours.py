"""Opening hours of stations by day of the week. `horaires-des-gares`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_SPAN = r"^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$"


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Weekday 0 = Monday; opens_s and closes_s since midnight, past 24 h after it; NaN unknown.

    A station that closes for lunch has two rows. 23:59 means the end of the day.
    """
    weekday = frame["weekday"].str.strip().str.lower().map({d: i for i, d in enumerate(WEEKDAYS)})
    clock = frame["hours"].str.extract(_SPAN).astype(float)
    opens, closes = (clock[i] * 3600 + clock[i + 1] * 60 for i in (0, 2))
    closes = closes.where(closes != 86_340, 86_400).where(closes > opens, closes + 86_400)
    frame = frame.assign(weekday=weekday, opens_s=opens, closes_s=closes)
    frame = frame[frame["weekday"].notna()]
    return frame.astype({"weekday": "int8"}).sort_values(["code", "weekday", "opens_s"])


DATASET = Dataset(
    name="hours",
    ids=("horaires-des-gares1", "horaires-des-gares"),
    columns=(
        Column("code", ("uic", "uic_code"), "code"),
        Column("name", ("gare", "nom_normal")),
        Column("weekday", ("jour_de_la_semaine", "jour")),
        Column("hours", ("horaire_en_jour_normal", "horaire_normal")),
        Column("holiday_hours", ("horaire_en_jour_ferie", "horaire_ferie"), required=False),
    ),
    clean=_clean,
)
