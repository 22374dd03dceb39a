"""What the product itself says, in the asker's language; the German words stand in `locale/de/annexa.po`."""

import gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("en", "de")


@cache
def phrases(language: str) -> Callable[[str], str]:
    """A function from an English phrase to the same in a language; English where there is none."""
    path = LOCALE / language / "annexa.po"
    if not path.exists():
        return gettext.NullTranslations().gettext
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled).gettext
