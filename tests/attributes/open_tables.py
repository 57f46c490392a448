"""Open-data tables for toy timetables, written as the platform writes them.

    timetable = coded(toy(trip("A 08:00", "B 09:00", brand="TGV INOUI")).load())
    data = given_tables(tmp_path, fares=[fare("A", "B", 10, 29)])

Stations of a toy are called by a letter; their codes are 8700000 and the letter's place: A is
87000001.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from mobiplan.opendata import OpenData, open_data
from mobiplan.timetable.strings import Strings
from mobiplan.timetable.timetable import Timetable

FILES = {
    "fares": "tarifs-tgv-inoui-ouigo",
    "intercity_fares": "tarifs-intercites",
    "emissions": "emission-co2-perimetre-complet",
    "equipment": "equipements-accessibilite-en-gares",
    "assistance": "accompagnement-pmr-gares",
    "wifi": "gares-equipees-du-wifi",
    "hours": "horaires-des-gares",
    "passengers": "frequentation-gares",
    "stations": "gares-de-voyageurs",
}
LABELS = {
    "fares": "Transporteur;Gare origine;Gare origine - code UIC;Destination;"
    "Gare destination - code UIC;Classe;Profil tarifaire;Prix minimum;Prix maximum",
    "intercity_fares": "origine;origine_uic8;destination;destination_uic8;classe;profil_tarifaire;"
    "prix_min;prix_max",
    "emissions": "Transporteur;Origine;Origine_uic;Destination;Destination_uic;"
    "Distance entre les gares;Train - Empreinte carbone (kgCO2e);Distance routière;"
    "Autocar longue distance - Empreinte carbone (kgCO2e);"
    "Voiture électrique (2,2 pers.) - Empreinte carbone (kgCO2e);"
    "Voiture thermique (2,2 pers.) - Empreinte carbone (kgCO2e);Distance aérienne;"
    "Avion - Empreinte carbone (kgCO2e)",
    "equipment": "UIC;nom_gare;Adresse;CodePostal;Ville;accessibilite",
    "assistance": "Date/Mensuel;Code UIC;Nom de la gare;Assistance simple;Rampe;Fauteuil;"
    "Rampe et  fauteuil;Total",
    "wifi": "UIC;Gare;Service Wifi",
    "hours": "UIC;Gare;Jour de la semaine;Horaire en jour normal;Horaire en jour férié",
    "passengers": "Nom de la gare;Code UIC;Code postal;Segmentation DRG;Total Voyageurs 2024;"
    "Total Voyageurs + Non voyageurs 2024;Total Voyageurs 2023",
    "stations": "Nom;Trigramme;Segment(s) DRG;Position géographique;Code(s) UIC;id",
}
FIELDS = {  # the same tables as the API names their columns
    "fares": "transporteur;gare_origine;gare_origine_code_uic;gare_destination;"
    "gare_destination_code_uic;classe;profil_tarifaire;prix_minimum;prix_maximum",
    "intercity_fares": LABELS["intercity_fares"],
    "emissions": "transporteur;origine;origine_uic;destination;destination_uic;"
    "distance_entre_les_gares;train_empreinte_carbone_kgco2e;distance_routiere;"
    "autocar_longue_distance_empreinte_carbone_kgco2e;"
    "voiture_electrique_2_2_pers_empreinte_carbone_kgco2e;"
    "voiture_thermique_2_2_pers_empreinte_carbone_kgco2e;distance_aerienne;"
    "avion_empreinte_carbone_kgco2e",
    "equipment": "uic;nom_de_la_gare;adresse;codepostal;ville;accessibilite",
    "assistance": "date_mensuel;code_uic;nom_de_la_gare;assistance_simple;rampe;fauteuil;"
    "rampe_et_fauteuil;total",
    "wifi": "uic;gare;service_wifi",
    "hours": "uic;gare;jour_de_la_semaine;horaire_en_jour_normal;horaire_en_jour_ferie",
    "passengers": "nom_gare;code_uic_complet;code_postal;segmentation_drg;total_voyageurs_2024;"
    "total_voyageurs_non_voyageurs_2024;total_voyageurs_2023",
    "stations": "nom;libellecourt;segment_drg;position_geographique;codes_uic;id",
}


def code(letter: str) -> str:
    """The UIC code of a toy's station."""
    return f"870000{ord(letter) - ord('A') + 1:02d}"


def coded(timetable: Timetable) -> Timetable:
    """Give the stations of a toy their codes."""
    codes = Strings.of(code(name) for name in timetable.stations.id)
    stations = timetable.stations._replace(code=codes)
    return dataclasses.replace(timetable, stations=stations)


def fare(
    origin: str,
    destination: str,
    low: float,
    high: float,
    *,
    carrier: str = "TGV INOUI",
    class_: int = 2,
    profile: str = "Tarif Normal",
) -> str:
    """A row of tarifs-tgv-inoui-ouigo."""
    ends = f"{origin};{code(origin)};{destination};{code(destination)}"
    return f"{carrier};{ends};{class_};{profile};{low};{high}"


def emission(
    origin: str, destination: str, km: float, kg: float, *, carrier: str = "TGV", plane: str = ";"
) -> str:
    """A row of emission-co2-perimetre-complet: by road as far as by rail."""
    ends = f"{origin};{code(origin)};{destination};{code(destination)}"
    return f"{carrier};{ends};{km};{kg};{km};{km * 0.04};{km * 0.09};{km * 0.1};{plane}"


def csv_of(table: str, rows: Sequence[str], header: str | None = None) -> bytes:
    """A file as the platform exports it, with labels for people unless told otherwise."""
    return ("\ufeff" + "\r\n".join([header or LABELS[table], *rows]) + "\r\n").encode()


def given_tables(folder: Path, **tables: Sequence[str]) -> OpenData:
    """Write tables into a folder and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        (folder / f"{FILES[table]}.csv").write_bytes(csv_of(table, rows))
    return open_data(folder)
