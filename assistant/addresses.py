"""Where a row and a cited source stand on our pages, whatever signs their ids hold: rows from other tools are called `OPS/7` or `#12`."""

from urllib.parse import quote

_PLAIN = ":/"


def row(register: str, id_: str) -> str:
    """The page of a row."""
    return f"/registers/{register}/{part(id_)}"


def source(source_id: str) -> str:
    """The page of what is cited under that name, `row:R-007` or `iso27001-2022:A.5.15`."""
    return f"/sources/{part(source_id)}"


def part(id_: str) -> str:
    """An id as part of an address; a slash stays one, because some proxies refuse it written otherwise, and every route takes it."""
    return quote(id_, safe=_PLAIN)
