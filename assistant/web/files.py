"""Files that are given to be saved."""

import re
from urllib.parse import quote

from starlette.responses import Response

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}


def file_of(made: bytes, form: str, name: str) -> Response:
    """A file to be saved under that name, never shown.

    An id may hold any letter: a header takes ASCII alone, so the name stands there twice, as RFC 6266 has it.
    """
    whole = re.sub(r'[\x00-\x1f"\\/]', "_", f"{name}.{form}")
    plain = whole.encode("ascii", "replace").decode().replace("?", "_")
    also = "" if plain == whole else f"; filename*=UTF-8''{quote(whole, safe='')}"
    headers = {"Content-Disposition": f'attachment; filename="{plain}"{also}', "X-Content-Type-Options": "nosniff"}
    return Response(made, media_type=MEDIA[form], headers=headers)
