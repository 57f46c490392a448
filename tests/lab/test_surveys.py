"""Public surveys are read in the units of the library, and answers that name no choice are left."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobiplan import InvalidChoices, lab


def test_cents_of_a_guilder_become_euros(tmp_path: Path) -> None:
    path = tmp_path / "trains.csv"
    path.write_text(
        "id,choiceid,choice,price1,time1,change1,comfort1,price2,time2,change2,comfort2\n"
        "7,1,choice2,2400,150,0,1,4000,130,1,0\n"
    )
    tidy = lab.dutch_trains(path)
    assert tidy["euros"].tolist() == pytest.approx([24 / 2.20371, 40 / 2.20371])
    assert tidy[["riding", "transfers", "comfort"]].to_numpy().tolist() == [
        [150, 0, 1],
        [130, 1, 0],
    ]
    assert tidy["chosen"].tolist() == [False, True]
    assert tidy["person"].tolist() == [7, 7]


SWISSMETRO = (
    "ID,PURPOSE,GA,TRAIN_AV,CAR_AV,SM_AV,TRAIN_TT,TRAIN_CO,SM_TT,SM_CO,CAR_TT,CAR_CO,CHOICE\n"
)


def test_who_has_the_general_abonnement_pays_for_the_car_only(tmp_path: Path) -> None:
    path = tmp_path / "swissmetro.csv"
    path.write_text(
        SWISSMETRO + "1,1,0,1,1,1,112,48,63,52,117,65,2\n2,3,1,1,1,1,90,40,50,45,80,30,3\n"
    )
    tidy = lab.swissmetro(path)
    assert tidy["francs"].tolist() == [48, 52, 65, 0, 0, 30]


def test_other_purposes_no_choice_and_no_car_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "swissmetro.csv"
    rows = ["1,2,0,1,1,1,9,9,9,9,9,9,1", "2,1,0,1,1,1,9,9,9,9,9,9,0", "3,1,0,1,0,1,9,8,7,6,5,4,1"]
    path.write_text(SWISSMETRO + "\n".join(rows) + "\n")
    tidy = lab.swissmetro(path)
    assert tidy["person"].unique().tolist() == [3]
    assert tidy["option"].tolist() == ["1", "2"]


def test_another_table_is_refused_by_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("id,choice\n1,choice1\n")
    with pytest.raises(InvalidChoices, match="price1"):
        lab.dutch_trains(path)
