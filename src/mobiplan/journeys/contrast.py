"""`Contrast`: two journeys side by side, and what would have to change for the ranking to turn.

Costs are linear in each weight, so the weight at which two journeys cost the same is a division:
with a difference D and weight w of a feature of which the other has d more, it is w - D / d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from mobiplan.errors import InvalidQuery
from mobiplan.journeys.facts import unknown_of
from mobiplan.journeys.language import Language
from mobiplan.journeys.languages import language
from mobiplan.journeys.naming_apart import name_of, names_apart
from mobiplan.journeys.personal import Personal
from mobiplan.journeys.terminal import amount_text, signed, trains
from mobiplan.traveller.preferences import feature as known_feature

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.journey_set import JourneySet
    from mobiplan.traveller.needs import Limit

CONTRAST_COLUMNS = ("feature", "unit", "weight", "amount", "other_amount", "difference")
TIPPING_COLUMNS = ("change", "feature", "unit", "now", "bound", "factor")

#: Two journeys whose costs differ by no more tie [equivalent minutes].
TIE_MIN = 1e-6

#: Differences below this are not spoken of [equivalent minutes].
SMALL_MIN = 0.5

#: What is changed: what a feature costs; or the journey that is behind arrives sooner, is cheaper;
#: or the one ahead arrives later, is dearer.
Change: TypeAlias = Literal["weight", "sooner", "cheaper", "later", "dearer"]


class TippingPoint(NamedTuple):
    """One change, of one thing only, at which the ranking of two journeys turns.

    A weight or a sum of euros turns it beyond the bound, and not before; minutes, which are whole
    as timetables are, from the bound on.
    """

    change: Change
    feature: str  # whose weight; "euros" and "minutes" of the others
    now: float  # the weight; 0 of the others
    bound: float

    @property
    def factor(self) -> float:
        """Bound over present weight; infinite where it is 0, NaN where no weight is changed."""
        if self.change != "weight":
            return math.nan
        return self.bound / self.now if self.now else math.inf

    @property
    def size(self) -> tuple[float, float]:
        """How great the change of a weight is: by its factor, else by itself.

        The logarithm of the factor, because weights have different units, and travellers near
        one another differ by factors.
        """
        return abs(math.log(self.factor)) if self.now else math.inf, abs(self.bound - self.now)

    @property
    def stated(self) -> float:
        """The bound to three digits, rounded to the side on which the ranking has turned."""
        return self._rounded(self.bound, up=self.change != "weight" or self.bound > self.now)

    @property
    def stated_eur_h(self) -> float:
        """The bound of the weight of euros as what an hour is worth, rounded likewise [€/h]."""
        return self._rounded(60 / self.bound, up=self.bound < self.now)

    @property
    def beyond(self) -> float:
        """A weight just beyond what is stated."""
        stated = 60 / self.stated_eur_h if self.feature == "euros" else self.stated
        return stated * (1 + 1e-6 if self.bound > self.now else 1 - 1e-6)

    @staticmethod
    def _rounded(value: float, *, up: bool) -> float:
        step = 10.0 ** (math.floor(math.log10(value)) - 2)
        digits = max(0, -round(math.log10(step)))
        whole = math.ceil(value / step - 1e-9) if up else math.floor(value / step + 1e-9)
        return round(whole * step, digits)


class Difference(NamedTuple):
    """What two journeys have of one feature."""

    feature: str
    unit: str
    weight: float  # equivalent minutes per unit
    amount: float  # NaN where it is unknown
    other_amount: float
    difference: float  # equivalent minutes that the other costs more

    @property
    def is_known(self) -> bool:
        """Whether both amounts are; what is not is ranked as dear."""
        return not (math.isnan(self.amount) or math.isnan(self.other_amount))


@dataclass(frozen=True, eq=False, repr=False)
class Contrast:
    """A journey and another one, for one traveller; made by `Journey.why_not`.

    Attributes
    ----------
    journey, other : Journey
    personal : Personal
        What both have of each feature: a row each, in this order; of a journey that needs rule
        out only the first.
    tipping_points : tuple of TippingPoint
        Of weights, the smallest change first (by its factor), then of the timetable and fares.
        Empty where the two tie or a need rules the other out.
    ruled_out : tuple of Limit
        What the traveller needs that the other journey has not: each limit that alone rules it
        out, else all; empty where it may be taken.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
    >>> journeys = planner.plan("Rennes", "Nice", depart="2026-03-24 08:00")
    >>> contrast = journeys[0].why_not(journeys[1])
    >>> turned = contrast.plan_again(contrast.tipping_points[0])
    >>> turned.best != journeys[0]
    True
    """

    journey: Journey
    other: Journey
    personal: Personal
    tipping_points: tuple[TippingPoint, ...] = ()
    ruled_out: tuple[Limit, ...] = ()

    @property
    def difference(self) -> float:
        """What the other costs more [equivalent minutes]; negative where it is the better one."""
        return math.nan if self.ruled_out else self.personal.cost(1) - self.personal.cost(0)

    @property
    def ties(self) -> bool:
        """Whether the two cost the same."""
        return abs(self.difference) <= TIE_MIN

    @property
    def ahead(self) -> Journey:
        """The one that costs less."""
        return self.other if self.difference < -TIE_MIN else self.journey

    @property
    def behind(self) -> Journey:
        """The one that costs more."""
        return self.journey if self.ahead is self.other else self.other

    def differences(self) -> list[Difference]:
        """Return what the two have of each feature, the greatest difference first."""
        if self.ruled_out:
            return []
        mine, theirs = (self.personal.contributions(row) for row in (0, 1))
        passenger = self.personal.traveller.passenger
        unknown = [unknown_of(journey, passenger) for journey in (self.journey, self.other)]
        rows = []
        for name, (amount, weight, cost) in mine.items():
            other_amount, _, other_cost = theirs[name]
            if amount or other_amount:
                amount = math.nan if name in unknown[0] else amount
                other_amount = math.nan if name in unknown[1] else other_amount
                gap = other_cost - cost
                rows.append(Difference(name, self._unit(name), weight, amount, other_amount, gap))
        return sorted(rows, key=lambda row: -abs(row.difference))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per feature that either journey has, the greatest difference first.

        Returns
        -------
        pandas.DataFrame
            feature, unit, weight, amount, other_amount, difference (equivalent minutes that the
            other costs more; they add up to ``difference``). Amounts that are not known are NaN.
        """
        import pandas as pd

        frame = pd.DataFrame(self.differences(), columns=list(CONTRAST_COLUMNS))
        types = dict.fromkeys(CONTRAST_COLUMNS[:2], "str")
        return frame.astype(types | dict.fromkeys(CONTRAST_COLUMNS[2:], "float64"))

    def tipping_frame(self) -> pd.DataFrame:
        """Return the tipping points, one row each.

        Returns
        -------
        pandas.DataFrame
            change ("weight"; "sooner", "cheaper" of the journey behind; "later", "dearer" of the
            one ahead), feature, unit, now, bound and factor (of a weight: bound over now).
        """
        import pandas as pd

        rows = [
            (p.change, p.feature, self._unit_of(p), p.now, p.bound, p.factor)
            for p in self.tipping_points
        ]
        frame = pd.DataFrame(rows, columns=list(TIPPING_COLUMNS))
        types = dict.fromkeys(TIPPING_COLUMNS[:3], "str")
        return frame.astype(types | dict.fromkeys(TIPPING_COLUMNS[3:], "float64"))

    def plan_again(self, point: TippingPoint) -> JourneySet:
        """Plan the journey's question again, for a traveller just beyond a weight's tipping point.

        Parameters
        ----------
        point : TippingPoint
            One of `tipping_points`, of a weight.

        Returns
        -------
        JourneySet
            The best alone. It may be a third journey; it costs no more than the one that has
            come before the other.

        Raises
        ------
        InvalidQuery
            If the point is none of a weight: timetables are not changed.
        """
        from mobiplan.planner.tipping import plan_with

        if point.change != "weight":
            raise InvalidQuery(f"{point}: only what something costs can be planned with anew")
        return plan_with(self.journey, self.personal.traveller, point.feature, point.beyond)

    def sentence(self, language: str = "en") -> str:
        """Say the difference and what would turn the ranking, in plain words.

        A single smallest change of a weight is said, and the minutes and euros by which the
        journey behind would have to be better, or else the one ahead worse. Where a third journey
        would be the best beyond the tipping point, the sentence says so, having planned again.

        Parameters
        ----------
        language : {"en", "fr"}
        """
        words = _language(language)
        phrases = words.phrases
        this, other = names_apart(self.journey, self.other, words)
        if self.ruled_out:
            said = words.joined([words.limit(limit) for limit in self.ruled_out])
            text = phrases["ruled out"].format(other=other, needs=said)
            return text[0].upper() + text[1:]
        if self.ties:
            text = phrases["costs the same"].format(other=other, this=this)
            return text[0].upper() + text[1:]
        parts = [
            phrases["part" if row.is_known else "part unknown"].format(
                sign="+" if row.difference > 0 else "−",
                cost=words.minutes(abs(row.difference)),
                noun=words.noun(row.feature),
            )
            for row in self.differences()
            if abs(row.difference) >= SMALL_MIN
        ]
        key = "costs more" if self.difference > 0 else "costs less"
        cost = words.minutes(abs(self.difference))
        listed = words.joined(parts[:4]) or "0"
        first = phrases[key].format(other=other, this=this, cost=cost, parts=listed)
        ahead, behind = (other, this) if self.ahead is self.other else (this, other)
        second = self._turning(words, ahead, behind)
        return f"{first[0].upper()}{first[1:]} {second}".rstrip()

    @property
    def names(self) -> tuple[str, str]:
        """What tells the journey and the other one apart: "the 11:25", "the 12:05"."""
        return names_apart(self.journey, self.other, _language("en"))

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("", *self.names, "", "difference")]
        for row in self.differences():
            amounts = [amount_text(each, row.unit) for each in (row.amount, row.other_amount)]
            rows.append((row.feature, *amounts, f"× {row.weight:.3g}", signed(row.difference)))
        if len(rows) == 1:
            return self.sentence()
        widths = [max(len(row[k]) for row in rows) for k in range(5)]
        lines = [
            f"  {row[0]:<{widths[0]}}" + "".join(f"  {row[k]:>{widths[k]}}" for k in (1, 2, 3, 4))
            for row in rows
        ]
        return "\n".join([self.sentence(), "", *lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from mobiplan.journeys.notebook import contrast_html

        return contrast_html(self)

    def _turning(self, words: Language, ahead: str, behind: str) -> str:
        """Say what would turn the ranking."""
        phrases = words.phrases
        points = {p.change: p for p in reversed(self.tipping_points)}
        clauses = []
        weight = points.get("weight")
        if weight is not None:
            clauses.append(self._of_weight(weight, words) + self._third(weight, words))
        better = [points[change] for change in ("sooner", "cheaper") if change in points]
        worse = [points[change] for change in ("later", "dearer") if change in points]
        for point in better or worse:
            bound = words.number(point.stated)
            clauses.append(phrases[point.change].format(bound=bound, ahead=ahead))
        said = words.joined(clauses, "or")
        key = "would" if weight is not None else "nothing but" if clauses else "nothing"
        return phrases[key].format(behind=behind, ahead=ahead, clauses=said)

    def _of_weight(self, point: TippingPoint, words: Language) -> str:
        more = point.bound > point.now
        if point.feature != "euros":
            key, bound, now = "more" if more else "less", point.stated, point.now
        else:
            key = "hour" if not point.now else "hour less" if more else "hour more"
            bound, now = point.stated_eur_h, 60 / point.now if point.now else math.inf
        return words.phrases[key].format(
            unit=words.unit(point.feature), bound=words.number(bound, 6), now=words.number(now)
        )

    def _third(self, point: TippingPoint, words: Language) -> str:
        """Say that beyond a tipping point a third journey is better still, where it is."""
        best = self.plan_again(point).best
        row = 0 if self.behind is self.journey else 1
        amount, _, _ = self.personal.contributions(row)[point.feature]
        cost = self.personal.cost(row) + (point.beyond - point.now) * amount
        if best == self.behind or best.cost is None or best.cost > cost - TIE_MIN:
            return ""
        name, taken = name_of(best, words), names_apart(self.journey, self.other, words)
        if any(other.startswith(name) for other in taken):
            name = words.phrases["by trains"].format(name, trains(best))
        return words.phrases["another"].format(third=name)

    def _unit(self, name: str) -> str:
        for criterion in self.journey.question.criteria:
            if criterion.name == name:
                return criterion.unit
        return known_feature(name).unit

    def _unit_of(self, point: TippingPoint) -> str:
        if point.change == "weight":
            return known_feature(point.feature).weight_unit
        return "min" if point.feature == "minutes" else "€"


_language = language  # `sentence` has a parameter of that name
