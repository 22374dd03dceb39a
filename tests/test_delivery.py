"""From what is due to messages: once, together, and only while it matters."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from assistant.assurance.reminding import answers, delivery
from assistant.assurance.reminding.answers import About, Links
from assistant.assurance.reminding.delivery import Channels, Delivery
from connectors.base import Chat, ConnectorError, Notice
from connectors.mail import Options, connect
from knowledge.errors import NoSuchRow, RowRefused
from knowledge.registers import REGISTERS, Document, DocumentText, DocumentVersion, Outbox, Proposal, Reminder, Store, records
from knowledge.registers.rights import INSTALLATION
from tests.peers.smtp import SmtpPeer
from tests.records import a_store

MONDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PUBLIC = "https://annexa.plant.example"


class Killed(BaseException):
    """The process is gone."""


class Post:
    """A Mail and a Chat that keep what they were given; `faults` are met one by one."""

    def __init__(self) -> None:
        self.given: list[tuple[str, Notice, str]] = []
        self.faults: list[object] = []

    def send(self, to: str, notice: Notice, key: str) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, ConnectorError) and not fault.doubtful:
            raise fault
        if fault == "killed before":
            raise Killed
        self.given.append((to, notice, key))
        if fault == "killed after":
            raise Killed
        if isinstance(fault, ConnectorError):
            raise fault
        return f"<{key}>"

    def post(self, user: str, notice: Notice, key: str) -> str:
        return self.send(user, notice, key)

    def find(self, user: str, key: str) -> str | None:
        return next((f"<{key}>" for to, _, known in self.given if (to, known) == (user, key)), None)

    def run(self, *_: object) -> None: ...

    def stop(self) -> None: ...

    @property
    def texts(self) -> list[str]:
        return ["\n".join([*notice.opening, *(item.text for item in notice.items), *notice.closing]) for _, notice, _ in self.given]


class Office:
    """A plant with P-001 the ISMS manager, P-002 an owner and P-003 an approver, and what delivers reminders there."""

    def __init__(self, store: Store, chat: Chat | None = None, mail: Post | None = None) -> None:
        self.store, self.mail, self.now = store, mail or Post(), MONDAY
        self.channels = Channels(self.mail, chat)
        self.links = Links(b"pepper", PUBLIC)
        self.delivery = Delivery(store, self.channels, self.links.to, PUBLIC)

    def run(self, days: float = 0, times: int = 1) -> None:
        self.now += timedelta(days=days)
        for _ in range(times):
            with suppress(Killed):
                self.delivery.run(lambda: self.now, "a")
            self.now += timedelta(minutes=6 * (times > 1))

    def action(self, days: int = 7, **more: Any) -> str:
        due_date = str(MONDAY.date() + timedelta(days=days))
        with records.writing(self.store, INSTALLATION, MONDAY - timedelta(days=90), "test") as book:
            return str(
                book.create(
                    "corrective_action", {"title": "Doors", "owner": "P-002", "due_date": due_date, "state": "action_planned", **more}
                ).id
            )

    def change(self, id_: str, register: str = "corrective_action", **values: Any) -> None:
        with self.store.write() as session:
            row = session.get_one(REGISTERS[register].model, id_)
            for name, value in values.items():
                setattr(row, name, value)

    def answer(self, action: str, answer: str, text: str = "", key: str = "", person: str = "P-002", days: int = 7) -> answers.Said:
        about = About(person, "action_due", "corrective_action", action, MONDAY.date() + timedelta(days=days))
        return answers.give(self.store, self.channels, about, answer, text, key or f"{answer} {text}", self.now)

    def reminders(self) -> list[tuple[str, int, str]]:
        with self.store.read() as session:
            return [(one.row_id, one.step, one.state) for one in session.exec(select(Reminder).order_by(Reminder.id)).all()]  # type: ignore[arg-type]

    def posts(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            return [(one.key, one.state) for one in session.exec(select(Outbox).order_by(Outbox.id)).all()]  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def test_what_is_due_to_one_person_travels_in_one_message_of_the_day(office: Office) -> None:
    one, other = office.action(), office.action(1)
    office.run(times=3)
    assert [(to, key) for to, _, key in office.mail.given] == [("ada@plant.example", "post|P-002|mail|2026-05-04")]
    assert one in office.mail.texts[0] and other in office.mail.texts[0]
    assert (
        "corrective action due 11 May 2026, in 7 days" in office.mail.texts[0]
        and "Korrekturmaßnahme fällig 11. Mai 2026, in 7 Tagen" in office.mail.texts[0]
    )
    assert office.reminders() == [(other, 1, "sent"), (one, 7, "sent")]


def test_what_comes_up_later_waits_for_the_next_message_unless_it_is_due_today(office: Office) -> None:
    office.action()
    office.run()
    tomorrow, today = office.action(1), office.action(0)
    office.run(times=2)
    assert office.mail.given[1][2] == f"post|P-002|mail|2026-05-04|urgent|corrective_action:{today}"
    assert tomorrow not in office.mail.texts[1] and len(office.mail.given) == 2
    office.run(1)
    assert [tomorrow in text for text in office.mail.texts] == [False, False, True]


def test_a_closed_one_is_silent_and_a_moved_one_has_its_new_date(office: Office) -> None:
    closed, moved = office.action(), office.action()
    office.delivery.plan(MONDAY)
    office.change(closed, state="closed")
    office.change(moved, due_date=MONDAY.date() + timedelta(days=14))
    office.run(times=2)
    assert closed not in office.mail.texts[0] and "18 May 2026, in 14 days" in office.mail.texts[0]
    assert sorted(office.reminders()) == sorted([(closed, 7, "cancelled"), (moved, 7, "cancelled"), (moved, 14, "sent")])


def test_a_message_of_which_nothing_is_left_is_not_sent_and_its_key_is_free_again(office: Office) -> None:
    action = office.action()
    office.delivery.plan(MONDAY)
    office.change(action, state="closed")
    office.run()
    assert (office.mail.given, office.posts()) == ([], [("post|P-002|mail|2026-05-04", "cancelled")])
    office.change(action, state="reopened")
    office.run()
    assert len(office.mail.given) == 1


@pytest.mark.parametrize("change", [{"retired_at": MONDAY}, {"department": "x"}], ids=["left", "may no longer read it"])
def test_who_left_or_may_not_read_it_any_more_is_told_nothing(office: Office, change: dict[str, Any]) -> None:
    office.change("P-002", "person", department="legal")
    office.action(audience="department:legal")
    office.delivery.plan(MONDAY)
    office.change("P-002", "person", **change)
    office.run(times=2)
    assert [to for to, _, _ in office.mail.given] == []
    assert {state for _, _, state in office.reminders()} == {"cancelled"}


def test_a_mail_server_that_is_away_for_a_day_costs_nothing_but_a_mark(office: Office) -> None:
    office.action()
    office.mail.faults = [ConnectorError("away", False) for _ in range(5)]
    for _ in range(14):
        office.run(0.1)
    assert len(office.mail.given) == 1
    assert "late by 1 day" in office.mail.texts[0]
    assert [state for _, _, state in office.reminders()] == ["sent"]


def test_a_message_that_was_delayed_into_the_night_waits_for_the_morning(office: Office) -> None:
    office.action()
    office.delivery.plan(MONDAY)
    office.now = MONDAY + timedelta(hours=12)
    office.run(times=3)
    assert office.mail.given == []
    office.now = MONDAY + timedelta(days=1)
    office.run(times=2)
    assert [key for _, _, key in office.mail.given] == ["post|P-002|mail|2026-05-04"], "and no second one on that day"


@pytest.mark.parametrize("fault", ["killed after", "killed before", ConnectorError("no answer", False, doubtful=True)], ids=str)
def test_a_mail_of_which_nobody_knows_is_shown_in_doubt_and_never_sent_twice(office: Office, fault: object) -> None:
    office.action()
    office.mail.faults = [fault]
    office.run(times=4)
    assert (office.posts()[0][1], len(office.mail.given)) == ("doubtful", 0 if fault == "killed before" else 1)
    assert [state for _, _, state in office.reminders()] == ["doubtful"]
    with office.store.write() as session:
        delivery.settle(session, office.delivery.posting, session.exec(select(Outbox)).one(), True, office.now, "P-001")
    assert [state for _, _, state in office.reminders()] == ["sent"]


def test_a_failed_one_is_sent_when_a_person_says_so(office: Office) -> None:
    office.action()
    office.mail.faults = [ConnectorError("nobody of that name", True)]
    office.run()
    assert [state for _, _, state in office.reminders()] == ["failed"]
    with office.store.write() as session:
        delivery.settle(session, office.delivery.posting, session.exec(select(Outbox)).one(), False, office.now, "P-001")
    office.run(times=2)
    assert (len(office.mail.given), [state for _, _, state in office.reminders()]) == (1, ["sent"])


@pytest.mark.parametrize("fault", ["killed after", "killed before", ConnectorError("no answer", False, doubtful=True)], ids=str)
def test_a_chat_is_searched_before_anything_is_posted_again(store: Store, fault: object) -> None:
    chat = Post()
    office = Office(store, chat)
    office.change("P-002", "person", slack_id="U02")
    office.action()
    chat.faults = [fault]
    office.run(times=4)
    assert ([to for to, _, _ in chat.given], office.mail.given) == (["U02"], [])
    assert office.posts() == [("post|P-002|slack|2026-05-04", "sent")]


def test_where_the_chat_fails_for_good_mail_takes_over(store: Store) -> None:
    chat = Post()
    office = Office(store, chat)
    office.change("P-002", "person", slack_id="U02")
    office.action()
    chat.faults = [ConnectorError("account is inactive", True)]
    office.run(times=3)
    assert [to for to, _, _ in office.mail.given] == ["ada@plant.example"]
    assert [state for _, _, state in office.reminders()] == ["failed", "sent"]


def test_a_month_of_downtime_is_one_message_of_what_still_matters(office: Office) -> None:
    closed, still = office.action(3), office.action(5)
    office.change(closed, state="closed")
    office.run(days=31)
    mine = [text for (to, _, _), text in zip(office.mail.given, office.mail.texts, strict=True) if to.startswith("ada")]
    assert len(mine) == 1 and still in mine[0] and closed not in mine[0]
    assert "26 days ago" in mine[0] and "late by 12 days" in mine[0]
    office.run(times=2)
    assert len(mine) == 1


def test_the_same_plan_twice_or_by_two_workers_is_one(office: Office) -> None:
    office.action()
    other = Office(office.store)
    assert (office.delivery.plan(MONDAY), other.delivery.plan(MONDAY)) == (1, 0)


def test_without_any_channel_nothing_is_decided(store: Store) -> None:
    silent = Delivery(store, Channels(), lambda _one, _answer: "")
    Office(store).action()
    assert silent.run(lambda: MONDAY, "a") == {}
    assert [one.channel for one in silent.preview(MONDAY)] == [""]


def test_a_preview_writes_nothing_and_says_when_each_would_hear(office: Office) -> None:
    office.action()
    sunday = MONDAY - timedelta(days=1)
    (found,) = office.delivery.preview(sunday)
    assert (found.person_id, found.at, found.items[0].step) == ("P-002", datetime(2026, 5, 4, 6, tzinfo=UTC), 7)
    assert (office.reminders(), office.posts()) == ([], [])


# --- answers -----------------------------------------------------------------------------------------------------------


def test_done_closes_nothing_and_asks_for_the_proof(office: Office) -> None:
    action = office.action()
    office.run()
    assert "evidence" in office.answer(action, "done").en
    office.run(7)
    assert [step for _, step, _ in office.reminders()] == [7, 0]


@pytest.mark.parametrize(
    ("answer", "days", "until"),
    [("snooze", 7, 1), ("snooze_week", 7, 7), ("snooze_week", 14, 7), ("snooze_week", 1, 1), ("snooze_week", 0, 1)],
)
def test_later_is_never_past_the_due_day(office: Office, answer: str, days: int, until: int) -> None:
    action = office.action(days)
    office.run()
    expected = MONDAY.date() + timedelta(days=until)
    assert f"again on {expected.day} May" in office.answer(action, answer, days=days).en


def test_one_may_put_off_only_so_often_and_each_press_counts_once(office: Office) -> None:
    action = office.action()
    office.run()
    assert [office.answer(action, "snooze", key=key).en.split()[0] for key in ("a", "a", "b", "c", "d")] == [
        "You",
        "This",
        "You",
        "You",
        "It",
    ]


def test_not_mine_needs_a_reason_and_becomes_a_proposal_for_the_isms_manager(office: Office) -> None:
    action = office.action()
    office.run()
    with pytest.raises(RowRefused):
        office.answer(action, "not_mine", " ")
    assert "Mira Voss" in office.answer(action, "not_mine", "Maintenance does the doors").en
    with office.store.read() as session:
        proposal = session.exec(select(Proposal)).one()
    assert (proposal.row_id, proposal.payload, proposal.reason, proposal.author) == (
        action,
        {"owner": "P-001"},
        "Maintenance does the doors",
        "P-002",
    )
    office.run(1)
    assert [to for to, _, _ in office.mail.given] == ["ada@plant.example", "mira@plant.example"]
    assert "Maintenance does the doors" in office.mail.texts[1] and proposal.id in office.mail.texts[1]


def test_a_question_reaches_the_isms_manager_once(office: Office) -> None:
    action = office.action()
    office.run()
    for _ in range(2):
        office.answer(action, "ask", "Which doors?", key="k")
    office.run(times=2)
    assert [text for text in office.mail.texts if "Which doors?" in text] == [office.mail.texts[1]]


def test_nobody_answers_for_somebody_else_or_to_what_was_never_said(office: Office) -> None:
    action = office.action()
    office.run()
    for person, days in (("P-003", 7), ("P-002", 8)):
        with pytest.raises(NoSuchRow):
            office.answer(action, "done", person=person, days=days)


def test_a_link_is_read_back_and_an_altered_one_is_not(office: Office) -> None:
    action = office.action()
    office.run()
    (_, notice, _) = office.mail.given[0]
    token = notice.items[0].choices[0].url.removeprefix(f"{PUBLIC}/r/").partition("?")[0]
    assert office.links.read(token).row_id == action
    for wrong in (token[:-2] + "xx", "", Links(b"other", PUBLIC).to(delivery.Due("r", "risk", "R-1", MONDAY.date(), 0, "P-1"), "done")):
        with pytest.raises(NoSuchRow):
            office.links.read(wrong)


def test_a_reminder_arrives_over_a_real_conversation(store: Store) -> None:
    office = Office(store)
    action = office.action()
    with SmtpPeer(["busy", "lost"]) as peer:
        real = connect(Options(peer.url, "annexa@plant.example", timeout=5))
        sent = Delivery(store, Channels(real), office.links.to, PUBLIC)
        for _ in range(8):
            sent.run(lambda: office.now, "a")
            office.now += timedelta(minutes=3)
    assert len(peer.taken) == 1 and action in peer.taken[0].as_string()
    assert office.posts() == [("post|P-002|mail|2026-05-04", "doubtful")]


# --- open questions of drafts --------------------------------------------------------------------------------------------


def a_draft_that_asks(office: Office, person_id: str | None = "P-002", **more: Any) -> int:
    """A version in work with two questions, the first of the person; its id."""
    text = "## Backup\n\nKept for [to decide: question 1, How long are backups kept?].\n\nTried [to decide: question 2, Who tries a restore?].\n"
    with office.store.write() as session:
        session.add(Document(number="IS-POL-07", title="Backup policy", owner="mira@plant.example", **more))
        version = DocumentVersion(number="IS-POL-07", version="0.1", state="draft")
        session.add(version)
        session.flush()
        points = [{"key": "kept", "question": "How long are backups kept?", "section": "Backup", "person_id": person_id, "person": "Ada"},
                  {"key": "tried", "question": "Who tries a restore?", "section": "Backup", "person_id": "P-003", "person": "Jon"}]  # fmt: skip
        session.add(DocumentText(version_id=version.id or 0, markdown=text, draft={"open_points": points}))
        return version.id or 0


def test_the_digest_adds_the_open_questions_of_drafts_until_they_are_answered(office: Office) -> None:
    version = a_draft_that_asks(office)
    office.run()
    assert office.mail.given == [], "they make no message of their own"
    office.action(7)
    office.run()
    [(to, notice, _)] = office.mail.given
    item = notice.items[-1]
    assert to == "ada@plant.example" and item.url == f"{PUBLIC}/versions/{version}#open" and item.choices == ()
    assert "IS-POL-07 · Backup policy" in item.text and "1: How long are backups kept?" in item.text
    assert "Who tries a restore" not in item.text, "that one is somebody else's"
    with office.store.write() as session:
        text = session.get_one(DocumentText, version)
        text.markdown = text.markdown.replace("[to decide: question 1, How long are backups kept?]", "90 days")
    office.action(1)
    office.run(days=1)
    assert len(office.mail.texts) == 2 and "How long are backups kept" not in office.mail.texts[1]


def test_an_urgent_message_and_who_may_not_read_the_draft_hear_of_no_question(office: Office) -> None:
    a_draft_that_asks(office, audience="department:legal")
    office.action(7)
    office.run()
    assert "open questions" not in office.mail.texts[0]
    office.change("IS-POL-07", "document", audience="staff")
    office.action(0)
    office.run()
    assert len(office.mail.texts) == 2 and "open questions" not in office.mail.texts[1]


def test_who_is_away_is_stood_in_for_and_what_nobody_can_answer_is_the_managers(office: Office) -> None:
    a_draft_that_asks(office, person_id=None)
    office.change("P-003", "person", absent_from=MONDAY.date(), absent_until=MONDAY.date() + timedelta(days=5), deputy="P-002")
    office.action(7)
    office.action(7, owner="P-001")
    office.run()
    texts = {to: text for (to, _, _), text in zip(office.mail.given, office.mail.texts, strict=True)}
    assert "How long are backups kept" in texts["mira@plant.example"] and "Who tries a restore" not in texts["mira@plant.example"]
    assert "Who tries a restore" in texts["ada@plant.example"]


def test_a_preview_shows_the_questions_and_may_be_of_one_person(office: Office) -> None:
    a_draft_that_asks(office)
    office.action(7)
    office.action(7, owner="P-001")
    assert {one.person_id for one in office.delivery.preview(MONDAY)} == {"P-001", "P-002"}
    [mine] = office.delivery.preview(MONDAY, "P-002")
    assert (mine.person_id, [asked.number for asked in mine.questions]) == ("P-002", [1])
