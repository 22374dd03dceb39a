"""When people can be reached: time zones, summer time, shifts, holidays, and who stands in."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.assurance.reminding.working_time import Crew, hours_of
from knowledge.registers import Person, Site

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def a_person(id_: str = "P-001", **more: Any) -> Person:
    return Person(id=id_, name=id_, email=f"{id_}@plant.example", **more)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Berlin", "2026-03-28T23:30", "2026-03-29"),  # still winter time: one hour ahead
        ("Europe/Berlin", "2026-03-29T22:30", "2026-03-30"),  # summer time since the night: two hours
        ("Europe/Berlin", "2026-10-24T22:30", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T22:30", "2026-10-25"),  # winter time again
        ("Pacific/Auckland", "2026-05-04T13:00", "2026-05-05"),
        ("America/Mexico_City", "2026-05-04T05:00", "2026-05-03"),
        ("Europe/Berlin", "2028-02-28T23:30", "2028-02-29"),  # a leap day
        ("Not/Anywhere", "2026-05-04T22:30", "2026-05-05"),  # counts as Berlin
    ],
)
def test_the_day_is_that_of_the_person(zone: str, moment: str, day: str) -> None:
    assert hours_of(a_person(time_zone=zone), None).day(at(moment)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("days", "span", "moment", "reachable"),
    [
        ("", "", "2026-05-04T08:00", True),  # a Monday
        ("", "", "2026-05-04T07:59", False),
        ("", "", "2026-05-04T17:00", False),
        ("", "", "2026-05-03T12:00", False),
        ("Mon-Thu", "", "2026-05-08T12:00", False),
        ("Mo–Do|Sa", "", "2026-05-09T12:00", True),
        ("Sat-Mon", "", "2026-05-04T12:00", True),
        ("sometimes", "whenever", "2026-05-05T12:00", True),
        ("", "06-14", "2026-05-05T06:10", True),
        ("", "22:00-06:00", "2026-05-09T03:00", True),  # the night of Friday to Saturday
        ("", "22:00-06:00", "2026-05-10T03:00", False),
        ("", "22:00-06:00", "2026-05-04T12:00", False),
    ],
)
def test_somebody_is_reached_at_work(days: str, span: str, moment: str, reachable: bool) -> None:
    hours = hours_of(a_person(working_days=days, working_hours=span), None)
    assert hours.reachable(at(moment, "Europe/Berlin")) is reachable


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        ("2026-05-08T18:00", "2026-05-11T08:00"),  # Friday evening to Monday
        ("2026-05-11T10:00", "2026-05-11T10:00"),
        ("2026-03-28T18:00", "2026-03-30T08:00"),  # over the change to summer time
        ("2026-12-23T18:00", "2027-01-04T08:00"),  # holidays, closed days, a weekend
        ("2026-04-30T18:00", "2026-05-04T08:00"),  # 1 May is a Friday
    ],
)
def test_what_comes_outside_working_hours_waits_for_the_next_start(moment: str, start: str) -> None:
    site = Site(id="S-001", name="Halle", holidays="DE-BW", closed_days="2026-12-24..2027-01-01")
    hours = hours_of(a_person(), site)
    assert hours.next_start(at(moment, "Europe/Berlin")) == at(start, "Europe/Berlin")


def test_a_closed_day_may_be_of_every_year_and_a_wrong_one_is_passed_over() -> None:
    hours = hours_of(a_person(), Site(id="S-001", name="Halle", holidays="XX-99", closed_days="05-04|2026-99-99|soon"))
    assert [hours.works(date(year, 5, 4)) for year in (2026, 2027)] == [False, False]
    assert hours.works(date(2026, 5, 5))
    assert hours.ahead(date(2026, 5, 8)) == date(2026, 5, 10)


AWAY = {"absent_from": date(2026, 5, 1), "absent_until": date(2026, 5, 10)}
LEFT = {"retired_at": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("people", "reached"),
    [
        ({"P-001": {}}, "P-001"),
        ({"P-001": {**AWAY, "deputy": "P-002"}, "P-002": {}}, "P-002"),
        ({"P-001": {**AWAY, "deputy": "P-002"}, "P-002": {**AWAY, "deputy": "P-003"}, "P-003": {}}, "P-003"),
        ({"P-001": {**AWAY, "deputy": "P-002"}, "P-002": {**AWAY, "deputy": "P-001"}}, "P-001"),  # a circle: it waits for the owner
        ({"P-001": {**AWAY, "deputy": "P-001"}}, "P-001"),
        ({"P-001": AWAY}, "P-001"),
        ({"P-001": {"absent_until": date(2026, 5, 3), "deputy": "P-002"}, "P-002": {}}, "P-001"),  # back since yesterday
        ({"P-001": {"absent_from": date(2026, 5, 4), "deputy": "P-002"}, "P-002": {}}, "P-002"),  # away until further notice
        ({"P-001": {**LEFT, "deputy": "P-002"}, "P-002": {}}, "P-002"),
        ({"P-001": LEFT, "P-009": {"role": "isms_manager"}}, "P-009"),
        ({"P-001": {**AWAY, "deputy": "P-002"}, "P-002": LEFT}, "P-001"),
        ({"P-001": LEFT}, None),
    ],
)
def test_who_is_away_is_stood_in_for(people: dict[str, dict[str, Any]], reached: str | None) -> None:
    crew = Crew([a_person(id_, **more) for id_, more in people.items()], [], at("2026-05-04T10:00"))
    assert crew.reached("P-001") == reached


def test_people_in_different_places_are_at_work_at_different_times() -> None:
    people = [a_person("P-001"), a_person("P-002", time_zone="Asia/Tokyo"), a_person("P-003", time_zone="America/New_York")]
    assert list(Crew(people, [], at("2026-05-04T07:30")).at_work().values()) == [["P-001", "P-002"]]
    assert Crew(people, [], at("2026-05-04T14:00")).at_work() == {(date(2026, 5, 4), date(2026, 5, 4)): ["P-001", "P-003"]}
