"""One call to a LangChain chat model: prompt and shape in, checked reply out."""

import json
import logging
import re
import time
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from assistant.config import Settings
from assistant.errors import ModelFailed, WrongSettings

log = logging.getLogger(__name__)
Shape = TypeVar("Shape", bound=BaseModel)
_LONGEST_REPLY = 20_000


class ChatModel:
    """A chat model behind one method. Replies are streamed, so that a model that drips words for ever is cut off in time."""

    def __init__(self, name: str, chat: Any, seconds: float) -> None:
        self.name, self._chat, self._seconds = name, chat, seconds

    def reply(self, instruction: str, message: str, shape: type[Shape]) -> Shape:
        """The model's reply in the asked shape. Raises ModelFailed for every way in which it may not come."""
        deadline = time.monotonic() + self._seconds
        text = ""
        try:
            for chunk in self._chat.stream([("system", instruction), ("user", message)]):
                text += chunk.text if isinstance(chunk.text, str) else chunk.text()
                if time.monotonic() > deadline:
                    raise ModelFailed(f"The chat model {self.name} took longer than {self._seconds:.0f} s.")
                if len(text) > _LONGEST_REPLY:
                    raise ModelFailed(f"The chat model {self.name} did not stop writing.")
        except ModelFailed:
            raise
        except Exception as error:  # each provider has its own family of errors
            raise ModelFailed(f"The chat model {self.name} did not answer ({type(error).__name__}).") from error
        return _parse(text, shape, self.name)


def _parse(text: str, shape: type[Shape], name: str) -> Shape:
    match = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        return shape.model_validate(json.loads(match[0] if match else ""))
    except (json.JSONDecodeError, ValidationError, RecursionError) as error:
        raise ModelFailed(f"The chat model {name} did not reply in the asked form.") from error


def connect(settings: Settings) -> ChatModel | None:
    """The chat model of the settings, or None without one. Raises WrongSettings where its provider's package is missing."""
    if not settings.model:
        return None
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": 0}
    if settings.model_url:
        options["base_url"] = settings.model_url
        options["api_key"] = settings.model_key or "none"
    elif settings.model_key:
        options["api_key"] = settings.model_key
    try:
        return ChatModel(settings.model, init_chat_model(settings.model, **options), settings.model_timeout)
    except ImportError as error:
        raise WrongSettings(f"ANNEXA_MODEL: {settings.model} needs a package that is not installed ({error}).") from error
    except Exception as error:  # a missing key, an unknown provider: each provider says it in its own way
        raise WrongSettings(f"ANNEXA_MODEL: {settings.model} cannot be used ({error}).") from error
