"""Two public surveys of travellers' choices, as their files come, made tidy for `replay`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mobiplan.lab.tables import from_wide

if TYPE_CHECKING:
    import pandas as pd

GUILDERS = 2.20371  # in a euro, fixed on 1999-01-01 (Council Regulation (EC) No 2866/98)


def dutch_trains(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the Dutch train survey of 1987: 2,929 answers of 235 people, two trains each time.

    Parameters
    ----------
    path : path
        A CSV file with the columns id, choice, and price (cents of a guilder), time (min), change
        and comfort (0 best to 2) of either train, price1 to comfort2: the data set ``Train`` of
        Croissant's R package *mlogit*, after Ben-Akiva, Bolduc and Bradley, *Estimation of travel
        choice models with randomly distributed values of time* (1993).

    Returns
    -------
    DataFrame
        situation, option, chosen, euros, riding [min], transfers, comfort, person; a row an option.

    Raises
    ------
    InvalidChoices
        If a column is missing.

    Examples
    --------
    A file of one answer:

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
    ...     print("id,choice,price1,time1,change1,comfort1", file=file, end=",")
    ...     print("price2,time2,change2,comfort2", file=file)
    ...     print("1,choice1,2400,150,0,1,4000,150,0,1", file=file, flush=True)
    ...     dutch_trains(file.name)["euros"].round(2).tolist()
    [10.89, 18.15]
    """
    import pandas as pd

    table = pd.read_csv(path)
    names = {"riding": "time", "transfers": "change", "comfort": "comfort"}
    options = {
        f"choice{i}": {"euros": f"price{i}", **{name: f"{own}{i}" for name, own in names.items()}}
        for i in (1, 2)
    }
    tidy = from_wide(table, options, chosen="choice", person="id")
    return tidy.assign(euros=tidy["euros"] / 100 / GUILDERS)


def swissmetro(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the Swissmetro survey of 1998: 6,768 answers of 752 people: train, Swissmetro or car.

    Parameters
    ----------
    path : path
        A CSV file with the columns of Bierlaire, Axhausen and Abay, *The acceptance of modal
        innovation: the case of Swissmetro* (2001). Commuters and business travellers are kept
        (PURPOSE 1 and 3), and answers that name a choice. The general abonnement (GA) pays train
        and Swissmetro.

    Returns
    -------
    DataFrame
        situation, option ("1" train, "2" Swissmetro, "3" car), chosen, riding [min], francs,
        train and car (1 on that option), person; a row an option that was offered.

    Raises
    ------
    InvalidChoices
        If a column is missing.

    Examples
    --------
    A file of one answer, of somebody who has no car:

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
    ...     print("ID,PURPOSE,CHOICE,GA,TRAIN_AV,SM_AV,CAR_AV,TRAIN_TT", file=file, end=",")
    ...     print("TRAIN_CO,SM_TT,SM_CO,CAR_TT,CAR_CO", file=file)
    ...     print("1,1,2,0,1,1,0,112,48,63,52,0,0", file=file, flush=True)
    ...     swissmetro(file.name)[["option", "chosen", "riding"]].to_numpy().tolist()
    [['1', False, 112.0], ['2', True, 63.0]]
    """
    import pandas as pd

    table = pd.read_csv(path)
    table = table[table["PURPOSE"].isin([1, 3]) & (table["CHOICE"] != 0)].reset_index(drop=True)
    pays = table["GA"] == 0
    table["TRAIN_PAID"] = table["TRAIN_CO"] * pays
    table["SM_PAID"] = table["SM_CO"] * pays
    return from_wide(
        table,
        {
            1: {"riding": "TRAIN_TT", "francs": "TRAIN_PAID", "train": 1.0},
            2: {"riding": "SM_TT", "francs": "SM_PAID"},
            3: {"riding": "CAR_TT", "francs": "CAR_CO", "car": 1.0},
        },
        chosen="CHOICE",
        person="ID",
        available={1: "TRAIN_AV", 2: "SM_AV", 3: "CAR_AV"},
    )
