"""Pages and REST: parse, call one function of the folders above, render."""

from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.app import App
from assistant.web import api, ask, documents, drafts_api, failures, registers, registers_api, risks, security, signing_in, sources
from assistant.web.rendering import Pages


def create(app: App) -> FastAPI:
    """The web application over an open App; whoever made the App closes it."""
    web = FastAPI(
        title="Annexa",
        summary="Questions about information security, answered with verbatim, linked quotes.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(security.visit)],
    )
    web.state.app = app
    web.state.pages = Pages(app)
    web.include_router(api.router)
    web.include_router(drafts_api.router)
    web.include_router(registers_api.router)
    web.include_router(ask.router)
    web.include_router(signing_in.router)
    web.include_router(documents.router)
    web.include_router(risks.router)
    web.include_router(registers.router)
    web.include_router(sources.router)
    web.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")), name="static")
    failures.install(web)
    failures.describe(web)
    web.add_middleware(security.Guard, settings=app.settings, respond=failures.respond)
    return web
