"""Conversations: what was asked before, kept in SQL, so that a follow-up is understood also after a restart."""

import json
import re
import secrets
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import col, select

from assistant.answering.shape import Answer
from assistant.identity import Asker
from knowledge.errors import NotAllowed
from knowledge.registers import Store, Thread, Turn

_OPENS = re.compile(
    r"^\s*(and|what about|how about|also|but|then|or|so|und|aber|oder|was ist mit|wie ist es mit|gilt das|auch|why|warum|wieso|since when|seit wann|who then|and who)\b",
    re.IGNORECASE,
)
_SHORT = 9
_NEW_THREAD, _NEW_TURN = insert(Thread), insert(Turn)


def new_id() -> str:
    """An id for a thread or an answer, not to be guessed."""
    return secrets.token_hex(8)


def open_thread(store: Store, thread_id: str | None, asker: Asker, channel: str = "") -> tuple[str, list[Turn]]:
    """(id, earlier turns) of a thread that the asker may go on with; a new one without an id.

    Raises NotAllowed for a thread of somebody else, in the same words as for one that does not exist.
    """
    if thread_id is None:
        return new_id(), []
    with store.read() as session:
        thread = session.get(Thread, thread_id)
        if thread is None:
            return thread_id, []
        if thread.person_id != asker.person_id or thread.channel != channel:
            raise NotAllowed("There is no such conversation of yours; ask without naming one.")
        return thread_id, list(session.exec(select(Turn).where(Turn.thread_id == thread_id).order_by(col(Turn.id))).all())


def keep(
    store: Store, answer: Answer, question: str, understood: str, asker: Asker, channel: str, asked_at: datetime, begun: bool = True
) -> None:
    """Write a turn; the thread's row comes with its first one. `begun` is False where the thread cannot be there yet."""
    turn = {"thread_id": answer.thread, "question": question, "understood": understood, "asked_at": asked_at}
    thread = {"id": answer.thread, "person_id": asker.person_id, "channel": channel, "created_at": asked_at}
    with store.write(flushed=False) as session:
        there = begun and session.get(Thread, answer.thread) is not None
        connection = session.connection()  # rows without objects: this is done for each question
        if not there:
            connection.execute(_NEW_THREAD, thread)
        connection.execute(_NEW_TURN, turn | {"answer": answer.model_dump_json()})


def follows(question: str, earlier: list[Turn]) -> str:
    """What was understood before, for a question that leans on it; empty for one that stands alone."""
    if not earlier:
        return ""
    leans = len(question.split()) <= _SHORT or goes_on(question)
    return earlier[-1].understood if leans else ""


def goes_on(question: str) -> bool:
    """True for a question that begins like a sequel: `and for line 3`."""
    return bool(_OPENS.search(question))


def heard(earlier: list[Turn]) -> frozenset[str]:
    """Ids of the sources that the last answer quoted."""
    last = json.loads(earlier[-1].answer) if earlier else {}
    return frozenset(citation["source_id"] for citation in last.get("citations", []))


def register_query(earlier: list[Turn]) -> str:
    """The canonical register query that the last answer rests on; empty where it rests on something else."""
    if not earlier:
        return ""
    cited = Answer.model_validate_json(earlier[-1].answer).citations
    return next((one.locator.section for one in cited if one.kind == "register" and one.locator.section.startswith("register ")), "")


def unanswered(store: Store, since: datetime, most: int = 50) -> list[str]:
    """Questions since a moment on which the sources were silent, each once, newest first, without who asked.

    They are for whoever runs the management system: a question may tell more than its asker would say in public.
    """
    with store.read() as session:
        wanted = select(Turn).where(col(Turn.asked_at) >= since, col(Turn.answer).contains('"silent"')).order_by(col(Turn.id).desc())
        found = [turn.question for turn in session.exec(wanted.limit(most * 4)) if json.loads(turn.answer).get("status") == "silent"]
    return list(dict.fromkeys(" ".join(question.split()) for question in found))[:most]
