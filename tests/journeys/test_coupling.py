"""Coupled trains: two numbers, one train; the traveller learns where to sit and where they part."""

from __future__ import annotations

from journeys.toy import Toy, find_ride, itinerary_of, ride

from mobiplan.journeys.coupling import distinct, physical_key
from mobiplan.journeys.itinerary import IN_SEAT

TUESDAY = "2026-03-24"


def parting_at_rennes() -> Toy:
    """2573 and 2593 are one train from Paris to Rennes."""
    toy = Toy()
    toy.trip("2593", "Paris 08:00", "Laval 09:05/09:07", "Rennes 09:30/09:40", "Brest 11:50")
    toy.trip("2573", "Paris 08:00", "Laval 09:05/09:07", "Rennes 09:30/09:35", "Quimper 11:40")
    toy.trip("8740", "Brest 12:10", "Morlaix 12:45")
    return toy


def meeting_at_rennes() -> Toy:
    """8602 and 8702 are one train from Rennes on."""
    toy = Toy()
    toy.trip("8602", "Brest 05:10", "Rennes 07:20/07:35", "Paris 09:00")
    toy.trip("8702", "Quimper 05:15", "Rennes 07:25/07:35", "Paris 09:00")
    return toy


def test_both_numbers_where_the_whole_leg_is_shared() -> None:
    for number in ("2573", "2593"):
        leg = parting_at_rennes().journey(TUESDAY, ride(number, "Paris", "Rennes")).legs[0]
        assert leg.train_number == "2573/2593"
        assert leg.direction == "Quimper/Brest"
        assert leg.note == ""


def test_whichever_portion_was_found_a_shared_leg_reads_the_same() -> None:
    toy = parting_at_rennes()
    one = toy.journey(TUESDAY, ride("2573", "Laval", "Rennes"))
    other = toy.journey(TUESDAY, ride("2593", "Laval", "Rennes"))
    assert one.legs == other.legs
    assert one.id == other.id


def test_beyond_the_parting_the_portion_to_sit_in_and_where_they_part() -> None:
    leg = parting_at_rennes().journey(TUESDAY, ride("2593", "Paris", "Brest")).legs[0]
    assert leg.train_number == "2593"
    assert leg.direction == "Brest"
    assert leg.note == "coupled with 2573 as far as Rennes"


def test_the_other_portion_joins_on_the_way() -> None:
    leg = meeting_at_rennes().journey(TUESDAY, ride("8702", "Quimper", "Paris")).legs[0]
    assert leg.train_number == "8702"
    assert leg.note == "joined by 8602 at Rennes"


def test_coupled_only_in_the_middle() -> None:
    toy = Toy()
    toy.trip("1", "A 08:00", "M 09:00/09:10", "N 10:00/10:10", "B 11:00")
    toy.trip("2", "C 08:05", "M 09:05/09:10", "N 10:00/10:15", "D 11:05")
    leg = toy.journey(TUESDAY, ride("1", "A", "B")).legs[0]
    assert leg.note == "joined by 2 at M, as far as N"


def test_the_shared_part_of_a_train_that_parts_later_counts_as_the_whole_leg() -> None:
    """Only the hops that one rides matter, not what the portions do before and after."""
    leg = meeting_at_rennes().journey(TUESDAY, ride("8602", "Rennes", "Paris")).legs[0]
    assert leg.train_number == "8602/8702"


def test_three_portions_are_sorted_as_numbers() -> None:
    toy = Toy()
    toy.trip("10013", "A 08:00", "B 09:00/09:05", "C 10:00")
    toy.trip("9", "A 08:00", "B 09:00/09:10", "D 10:00")
    toy.trip("203", "A 08:00", "B 09:00")
    assert toy.journey(TUESDAY, ride("203", "A", "B")).legs[0].train_number == "9/203/10013"
    leg = toy.journey(TUESDAY, ride("9", "A", "D")).legs[0]
    assert leg.note == "coupled with 203/10013 as far as B"


def test_one_train_under_two_numbers_from_end_to_end_is_one_train() -> None:
    toy = Toy()
    toy.trip("5001", "A 08:00", "B 09:00/09:02", "C 10:00")
    toy.trip("5003", "A 08:00", "B 09:00/09:02", "C 10:00")
    assert toy.journey(TUESDAY, ride("5003", "A", "C")).legs[0].train_number == "5001/5003"


def test_a_portion_that_may_not_be_boarded_is_named_in_the_note_only() -> None:
    toy = Toy()
    toy.trip("5001", "A 08:00", "B 09:00", "C 10:00")
    toy.trip("5003", "A 08:00", "B 09:00", "C 10:00", pickup={"A": 1})
    leg = toy.journey(TUESDAY, ride("5001", "A", "C")).legs[0]
    assert (leg.train_number, leg.note) == ("5001", "coupled with 5003")


def test_who_stays_seated_must_sit_in_the_portion_that_goes_on() -> None:
    toy = parting_at_rennes()
    toy.trip("2594", "Rennes 09:50", "Nantes 11:00")
    journey = toy.journey(
        TUESDAY, ride("2593", "Paris", "Rennes"), ride("2594", "Rennes", "Nantes", IN_SEAT)
    )
    assert journey.legs[0].train_number == "2593"
    assert journey.legs[0].note == "coupled with 2573"


def test_two_coaches_at_one_minute_are_two_coaches() -> None:
    toy = Toy()
    toy.trip("1", "A 08:00", "B 09:00", kind="coach")
    toy.trip("2", "A 08:00", "B 09:00", kind="coach")
    assert toy.journey(TUESDAY, ride("2", "A", "B")).legs[0].train_number == "2"


def test_one_key_before_the_parting_and_two_beyond() -> None:
    """FIELD.md N15: 2573/2593 is one itinerary before the split, two after."""
    graph = parting_at_rennes().graph(TUESDAY)
    to_rennes = [itinerary_of(graph, ride(n, "Paris", "Rennes")) for n in ("2573", "2593")]
    beyond = [
        itinerary_of(graph, ride("2573", "Paris", "Quimper")),
        itinerary_of(graph, ride("2593", "Paris", "Brest")),
    ]
    assert len({physical_key(graph, itinerary) for itinerary in to_rennes}) == 1
    assert len({physical_key(graph, itinerary) for itinerary in beyond}) == 2


def test_moving_from_one_portion_to_the_other_is_the_same_physical_choice() -> None:
    graph = parting_at_rennes().graph(TUESDAY)
    seated = itinerary_of(graph, ride("2593", "Paris", "Brest"))
    moving = itinerary_of(graph, ride("2573", "Paris", "Rennes"), ride("2593", "Rennes", "Brest"))
    assert physical_key(graph, seated) == physical_key(graph, moving)
    assert distinct(graph, [moving, seated]) == [seated]  # fewer changes


def test_each_physical_choice_is_listed_once_with_the_smallest_number_in_the_first_place() -> None:
    graph = parting_at_rennes().graph(TUESDAY)
    brest = itinerary_of(graph, ride("2593", "Paris", "Brest"))
    large = itinerary_of(graph, ride("2593", "Paris", "Rennes"))
    small = itinerary_of(graph, ride("2573", "Paris", "Rennes"))
    assert distinct(graph, [large, brest, small]) == [small, brest]
    assert distinct(graph, [small, brest, large]) == [small, brest]
    assert distinct(graph, [brest]) == [brest]
    assert distinct(graph, []) == []


def test_trains_of_two_days_are_two_trains() -> None:
    graph = parting_at_rennes().graph(TUESDAY, days=2)
    days = [itinerary_of(graph, ride("2573", "Paris", "Rennes", day=day)) for day in (0, 1)]
    assert physical_key(graph, days[0]) != physical_key(graph, days[1])
    assert find_ride(graph, ride("2573", "Paris", "Rennes", day=1)).board > 0
