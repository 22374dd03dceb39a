"""REST for the rehearsal of an audit and for the audit pack."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, Field

from assistant import printing
from assistant.app import App
from assistant.assurance.auditing import archive, rehearsal_text
from assistant.web.failures import described
from assistant.web.files import MEDIA, file_of
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Id

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api/audits",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
)
_As = Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner of the data folder and the demo")]
_Language = Annotated[Literal["en", "de"], Query(alias="lang")]
_TOLD = {"json": "application/json", "text": "text/plain; charset=utf-8"}
_MEDIA = {**_TOLD, **{form: MEDIA[form] for form in ("md", "docx", "pdf")}}


class MissingLine(BaseModel):
    """What an auditor would miss; weight 1 a certificate hangs on it, 2 a finding is likely, 3 to be tidied up."""

    weight: int
    text: str
    register_name: str = Field(serialization_alias="register")
    ids: list[str]


class PackSummary(BaseModel):
    """A pack without its files: for whom, as of when and of which journal, what is missing, how long its lists are."""

    audit: str
    name: str
    asker: str
    as_of: str
    journal_count: int
    journal_head: str
    since: str
    missing: list[MissingLine]
    lists: dict[str, int]
    rows: int
    evidence_files: int


@router.get(
    "/rehearsal",
    summary="Ask what a certification auditor asks",
    response_class=Response,
    responses={200: {"content": {media: {} for media in _MEDIA.values()}}},
)
def rehearsal(
    request: Request,
    clause: Annotated[str, Query(max_length=20, description="only this part: 9, 9.2, A.8 or A.8.13")] = "",
    theme: Annotated[str, Query(max_length=40, description="only this theme")] = "",
    lang: _Language = "en",
    form: Literal["json", "text", "md", "docx", "pdf"] = "json",
    as_: _As = None,
) -> Response:
    """Each question as answered, stale or missing, with what proves it and whom to ask; nothing is written."""
    app: App = request.app.state.app
    asker = on_behalf(request, as_)
    report = app.rehearse(asker, clause, theme, lang)
    if form in ("json", "text"):
        told = json.dumps(report.as_plain(), ensure_ascii=False) if form == "json" else rehearsal_text.terminal(report)
        return Response(told, media_type=_TOLD[form])
    text, head = rehearsal_text.markdown(report), rehearsal_text.head(report, app.company(asker), app.settings.today())
    made = (
        printing.docx(text, head)
        if form == "docx"
        else printing.pdf(text, head)
        if form == "pdf"
        else f"# {head.title}\n\n{text}\n".encode()
    )
    return file_of(made, form, f"rehearsal-{head.version}")


@router.get(
    "/{id_:path}/pack",
    summary="What an auditor asks for before an audit",
    response_class=Response,
    responses={200: {"model": PackSummary, "content": {MEDIA["zip"]: {}, MEDIA["pdf"]: {}}}},
)
def pack(
    request: Request,
    id_: Id,
    lang: _Language = "en",
    form: Literal["zip", "pdf", "json"] = "zip",
    as_: _As = None,
) -> Response:
    """The pack as an archive with index and hashes, as PDF, or as a summary; of what the asker may read."""
    app: App = request.app.state.app
    made = app.audit_pack(on_behalf(request, as_), id_, lang)
    if form == "json":
        return Response(json.dumps(archive.summary(made), ensure_ascii=False), media_type=_TOLD["json"])
    return file_of(archive.archive(made) if form == "zip" else archive.pdf(made), form, archive.name_of(made))
