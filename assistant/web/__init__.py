"""Pages and REST: parse, call one function of the folders above, render."""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute

from assistant.app import App
from assistant.web import (
    actions,
    actions_api,
    api,
    ask,
    audit_packs,
    audit_packs_api,
    audits,
    audits_api,
    documents,
    drafts_api,
    failures,
    findings,
    findings_api,
    kpis,
    programme,
    questionnaires,
    readiness,
    readiness_api,
    registers,
    registers_api,
    reminders,
    reminders_api,
    reviews,
    risks,
    security,
    signing_in,
    sources,
    steering_api,
    tasks,
    tasks_api,
    versions_api,
)
from assistant.web.rendering import Pages

_PARTS = (
    api,
    drafts_api,
    versions_api,
    questionnaires,
    audit_packs_api,
    actions_api,
    findings_api,
    reminders_api,
    readiness_api,
    audits_api,
    steering_api,
    registers_api,
    tasks_api,
    reminders,
    ask,
    signing_in,
    documents,
    audit_packs,
    actions,
    findings,
    readiness,
    audits,
    kpis,
    reviews,
    programme,
    risks,
    registers,
    sources,
    tasks,
)


def create(app: App) -> FastAPI:
    """The web application over an open App; whoever made the App closes it."""
    web = FastAPI(
        title="Annexa",
        summary="Questions about information security, answered with verbatim, linked quotes.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        routes=_routes(),
    )
    web.state.app = app
    web.state.pages = Pages(app)
    failures.install(web)
    failures.describe(web)
    web.add_middleware(security.Guard, settings=app.settings, respond=failures.respond)
    return web


@cache
def _routes() -> list[BaseRoute]:
    """What is served. No App is in it, and FastAPI takes half a second to work it out: once a process is enough."""
    router = APIRouter(dependencies=[Depends(security.visit)])
    for part in _PARTS:
        router.include_router(part.router)
    router.include_router(tasks_api.hooks)
    router.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    return router.routes
