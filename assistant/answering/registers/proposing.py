"""The same typed query from a chat model: it sees the words of the registers, never a row; what it returns is checked like any other."""

import json
from datetime import date

from pydantic import BaseModel, ConfigDict

from assistant import prompts
from assistant.answering.registers.query import RegisterQuery, codes_of, kind_of
from assistant.llm import ChatModel
from knowledge.registers import REGISTERS


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")
    query: RegisterQuery | None


def propose(question: str, today: date, model: ChatModel, before: RegisterQuery | None = None) -> RegisterQuery | None:
    """The model's query, or None where it says that the registers do not answer. Raises ModelFailed, also for one that does not hold."""
    message = {
        "question": question,
        "today": today.isoformat(),
        "before": before.model_dump(mode="json") if before else None,
        "registers": _registers(),
    }
    reply = model.reply(prompts.REGISTER_QUERY, json.dumps(message, ensure_ascii=False), _Reply)
    return reply.query.model_copy(update={"today": today}) if reply.query else None


def _registers() -> dict[str, dict[str, object]]:
    """Every register with its columns: what they hold, their codes, and the register they lead to."""
    out: dict[str, dict[str, object]] = {}
    for name, found in REGISTERS.items():
        columns: dict[str, object] = {}
        for column in found.columns:
            codes = codes_of(found, column)
            columns[column.name] = list(codes) if codes else column.register or kind_of(found, column).value
        out[name] = columns
    return out
