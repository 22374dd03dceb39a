"""The page of key figures: course, target, last value and how it stands."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from assistant.assurance import pictures
from assistant.assurance.plant import reading, writing
from assistant.assurance.steering import kpis
from assistant.assurance.steering.measures import MEASURES
from assistant.phrases import phrases
from assistant.web.registers import SOURCE, enter
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from knowledge.registers import rights
from knowledge.registers.metrics import DIRECTIONS

router = APIRouter(include_in_schema=False)
VERDICTS = {
    "met": ("target met", "Ziel erreicht"), "missed": ("target missed", "Ziel verfehlt"), "alarm": ("beyond the alarm threshold", "jenseits der Alarmschwelle"),
    "no_target": ("no target set", "kein Ziel gesetzt"), "no_value": ("never measured", "nie gemessen"),
}  # fmt: skip


@router.get("/kpis")
def page(request: Request, made: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Every key figure with its course."""
    app, asker = enter(request)
    tongue = language_of(request)
    with reading(app.store, asker, app.settings.moment()) as plant:
        lines = kpis.lines(plant)
        drawn = {
            one.kpi.id: Markup(pictures.course(one.points, one.kpi.target, f"{one.kpi.name}: {phrases(tongue)('course')}"))  # noqa: S704 - made by us, every text escaped
            for one in lines
        }
        context: dict[str, Any] = {
            "lines": lines,
            "drawn": drawn,
            "names": {one.kpi.owner: plant.name(one.kpi.owner) for one in lines},
            "today": plant.today,
        }
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "kpis/page.html", made=made, measures=MEASURES.values(), verdict=lambda code: VERDICTS[code][tongue == "de"], measure=lambda name: MEASURES[name].named(tongue) if name in MEASURES else name,
        direction=lambda code: DIRECTIONS[code].label(tongue) if code in DIRECTIONS else "", may_measure=rights.may(asker, "create", "measurement"), **context,
    )  # fmt: skip


@router.post("/kpis")
def measure(request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """To the page after the computed key figures were measured for today; a second time on one day changes nothing."""
    app, asker = enter(request)
    check_form(request, token)
    with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
        report = kpis.measure(book, plant, plant.today)
        kpis.propose(book, report.missed)
    return RedirectResponse(f"/kpis?made={len(report.appended)}", 303)
