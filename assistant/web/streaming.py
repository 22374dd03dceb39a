"""An answer as server-sent events: each claim once it is checked, then the whole."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.responses import StreamingResponse

from assistant.answering.shape import Answer, Citation, Claim
from assistant.web.failures import Problem, problem, status_of
from assistant.web.security import UNEXPECTED, log_failure
from knowledge.errors import AnnexaError

Tell = Callable[[Claim, list[Citation]], None]
_HEARTBEAT_SECONDS = 15


def stream(
    ask: Callable[[Tell], Answer],
    status: object,
    claim: Callable[[Claim, list[Citation]], object],
    done: Callable[[Answer], object],
    say: Callable[[str], str] = str,
) -> StreamingResponse:
    """Events `status`, `claim`, `done`, or `error` with a problem; `claim` and `done` say how each is written, `say` in which language."""
    return StreamingResponse(_events(ask, status, claim, done, say), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _events(
    ask: Callable[[Tell], Answer],
    status: object,
    claim: Callable[[Claim, list[Citation]], object],
    done: Callable[[Answer], object],
    say: Callable[[str], str],
) -> Iterator[str]:
    ready: queue.Queue[tuple[str, Any]] = queue.Queue()

    def work() -> None:
        try:
            answer = ask(lambda made, cited: ready.put(("claim", claim(made, cited))))
            ready.put(("done", done(answer)))
        except AnnexaError as error:
            ready.put(("error", problem(status_of(error), say(str(error))).model_dump()))
        except Exception as error:  # the outermost loop of this thread
            ready.put(("error", _unexpected(error, say).model_dump()))

    threading.Thread(target=work, name="answer", daemon=True).start()
    yield _event("status", status)
    name = ""
    while name not in {"done", "error"}:
        try:
            name, payload = ready.get(timeout=_HEARTBEAT_SECONDS)
        except queue.Empty:
            yield ": still at work\n\n"
            continue
        yield _event(name, payload)


def _unexpected(error: Exception, say: Callable[[str], str]) -> Problem:
    return problem(500, say(UNEXPECTED), log_failure(error))


def _event(name: str, payload: object) -> str:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"
