"""Presets: each value has its source, and a new one is one file and one name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mobiplan.errors import InvalidQuery
from mobiplan.traveller import presets
from mobiplan.traveller.preferences import FEATURES
from mobiplan.traveller.traveller import Traveller

LABELS = {"published", "modelled", "assumed", "stated"}


@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_value_of_a_preset_has_its_source_and_every_source_its_value(name: str) -> None:
    document = tomllib.loads(presets.path(name).read_text(encoding="utf-8"))
    said = {key for part in ("weights", "needs", "passenger") for key in document.get(part, {})}
    assert document["sources"].keys() == said
    assert document["name"] == name


@pytest.mark.parametrize("name", presets.PRESETS)
def test_a_preset_is_a_traveller_with_the_weights_of_its_table(name: str) -> None:
    who = Traveller.preset(name)
    assert who.name == name
    assert set(who.explain().label) <= LABELS
    assert "" not in set(who.explain().source)


def test_the_standard_traveller_says_everything() -> None:
    document = tomllib.loads(presets.path("standard").read_text(encoding="utf-8"))
    assert set(document["weights"]) == {*FEATURES, "short_transfer"}


def test_presets_differ_from_one_another() -> None:
    everybody = [Traveller.preset(name) for name in presets.PRESETS]
    assert len(set(everybody)) == len(presets.PRESETS)


def test_the_table_holds_every_stated_value_with_label_and_source() -> None:
    table = presets.table()
    assert list(table.columns) == list(presets.TABLE_COLUMNS)
    assert set(table.preset) == set(presets.PRESETS)
    assert set(table.label) <= LABELS
    assert table.source.str.len().gt(10).all()
    assert not table.duplicated(["preset", "says"]).any()


def test_presets_are_what_they_are_called() -> None:
    standard = Traveller()
    slow, rich, poor = (Traveller.preset(n) for n in ("slow_walker", "comfort", "budget"))
    assert slow.needs.pace is not None and slow.needs.pace < 3.6 * 1.1
    assert rich.weights["euros"] < standard.weights["euros"] < poor.weights["euros"]
    assert Traveller.preset("climate").weights["co2"] > standard.weights["co2"]
    assert Traveller.preset("wheelchair").needs.step_free != "ignore"
    assert Traveller.preset("luggage").luggage
    # 775 euros a tonne, at what an hour is worth to the standard traveller
    at_value = 0.775 * standard.weights["euros"]
    assert Traveller.preset("climate").weights["co2"] == pytest.approx(at_value, abs=0.05)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidQuery, match="did you mean 'commuter'"):
        Traveller.preset("comuter")


def test_a_new_preset_is_one_file_and_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recipe of CONTRIBUTING.md, followed."""
    for name in presets.PRESETS:
        (tmp_path / f"{name}.toml").write_bytes(presets.path(name).read_bytes())
    (tmp_path / "night_owl.toml").write_text(
        'version = 1\nname = "night_owl"\n\n[weights]\nnight = 0\n\n'
        '[sources]\nnight = "assumed: sleeps by day, and does not mind"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(presets, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(presets, "PRESETS", (*presets.PRESETS, "night_owl"))
    assert Traveller.preset("night_owl") == Traveller(night=0)
    assert "night_owl" in set(presets.table().preset)
