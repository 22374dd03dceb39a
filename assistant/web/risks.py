"""Pages of risk: the heat map, and the method with what a change of it does."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlmodel import col, func, select
from starlette.responses import RedirectResponse, Response

from assistant.web.registers import SOURCE, enter, showing_for
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from assistant.web.showing import band_word, state_of
from knowledge.errors import RowRefused
from knowledge.registers import REGISTERS, Risk, queries, records, rights, risk_method
from knowledge.registers.columns import Codes
from knowledge.registers.derived import Method
from knowledge.registers.risks import PAIRS

router = APIRouter(include_in_schema=False)
_Number = Annotated[str, Form(max_length=10)]


@router.get("/registers/risk/heat-map")
def heat_map(request: Request, pair: Annotated[str, Query(pattern="^(inherent|current|residual)$")] = "current") -> Response:
    """How many risks lie in each cell of likelihood and impact, each leading to its list."""
    app, asker = enter(request)
    likelihood, impact = getattr(Risk, f"{pair}_likelihood"), getattr(Risk, f"{pair}_impact")
    with app.store.read() as session:
        showing = showing_for(request, session)
        shown = queries.shown(asker, REGISTERS["risk"])
        counted = session.execute(select(likelihood, impact, func.count(col(Risk.id))).where(shown).group_by(likelihood, impact)).all()
    counts = {(one, other): number for one, other, number in counted}
    method = showing.context.method
    cells = [
        (level, [(other, counts.get((other, level), 0), *_band(method, other * level, showing.tongue)) for other in range(1, 6)])
        for level in range(5, 0, -1)
    ]
    unjudged = sum(number for (one, other), number in counts.items() if one is None or other is None)
    return _render(
        request, "risks/heat_map.html", pair=pair, pairs=PAIRS, cells=cells, unjudged=unjudged, method=method, total=sum(counts.values()),
        as_of=showing.moment(app.settings.moment()),
    )  # fmt: skip


@router.get("/risk-method")
def method_page(request: Request) -> Response:
    """The method in force, with a form for those who may change it."""
    app, _ = enter(request)
    with app.store.read() as session:
        method = risk_method.current(session)
    return _method_page(request, _typed(method))


@router.post("/risk-method")
async def method_change(request: Request) -> Response:
    """What the change does, to be confirmed; or, confirmed, the method with it."""
    from starlette.concurrency import run_in_threadpool

    form = {key: str(value)[:2_000] for key, value in (await request.form()).items()}
    reply: Response = await run_in_threadpool(_method_change, request, form)
    return reply


def _method_change(request: Request, form: dict[str, str]) -> Response:
    app, asker = enter(request)
    check_form(request, form.get("token", ""))
    rights.demand(asker, "create", "risk_method")
    try:
        with app.store.read() as session:
            showing = showing_for(request, session)
            change = _change(showing.context.method, form)
            effects = risk_method.preview(session, asker, change, showing.context)
        if form.get("step") == "save":
            with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
                risk_method.save(book, change, form.get("reason", ""))
            return RedirectResponse("/risk-method", 303)
    except RowRefused as error:
        return _method_page(request, form, faults={problem.column: problem.reason for problem in error.problems})
    return _method_page(request, form, effects=effects)


def _method_page(request: Request, typed: dict[str, str], faults: dict[str, str] | None = None, effects: Any = None) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        versions = queries.rows(session, asker, "risk_method")
    method, tongue = showing.context.method, showing.tongue

    def standing(one: risk_method.Standing) -> str:
        band = band_word(method, one.band or "", tongue)
        return ", ".join([band, one.priority or "", showing.say("acceptable") if one.acceptable else showing.say("above the threshold")])

    return _render(
        request,
        "risks/method.html",
        422 if faults else 200,
        method=method,
        typed=typed,
        fields=_fields(method, tongue, showing.say),
        faults=faults or {},
        effects=None
        if effects is None
        else [(effect.risk, effect.name, standing(effect.before), standing(effect.after)) for effect in effects],
        versions=versions,
        may_change=rights.may(asker, "create", "risk_method"),
        band_names=[(band, band.de if tongue == "de" else band.en) for band in method.bands],
    )


def _fields(method: Method, tongue: str, say: Any) -> list[tuple[str, str, str]]:
    """(name in the form, label, part of the method) of every number that the page lets change."""
    bands = [
        (f"band.{band.code}", say("Lowest score of the band {band}").format(band=band.de if tongue == "de" else band.en), "bands")
        for band in method.bands[1:]
    ]
    grades = REGISTERS["finding"].by_name["grade"].codes or Codes()
    deadlines = [
        (
            f"deadlines.{grade}",
            say("Days to close: {grade}").format(grade=grades[grade].label(tongue) if grade in grades else grade),
            "deadlines",
        )
        for grade in method.deadlines
    ]
    treatment = [
        (
            f"treatment_days.{code}",
            say("Days to treat a risk in the band {band}").format(band=band_word(method, code, tongue)),
            "treatment_days",
        )
        for code in method.treatment_days
    ]
    return [
        ("threshold", say("Highest score that is accepted as a rule"), "threshold"),
        *bands,
        *treatment,
        *deadlines,
        ("acceptance_days", say("Days for which an acceptance is valid"), "acceptance_days"),
        ("review_days", say("Days between two reviews"), "review_days"),
    ]


def _typed(method: Method) -> dict[str, str]:
    """The numbers of a method as they stand in the form."""
    return {
        "threshold": str(method.threshold),
        "acceptance_days": str(method.acceptance_days),
        "review_days": str(method.review_days),
        **{f"band.{band.code}": str(band.low) for band in method.bands[1:]},
        **{f"deadlines.{grade}": str(days) for grade, days in method.deadlines.items()},
        **{f"treatment_days.{code}": str(days) for code, days in method.treatment_days.items()},
    }


def _change(method: Method, form: dict[str, str]) -> dict[str, Any]:
    """The parts of the method that the form changes. What is no number is left as it was typed, for the method to refuse."""

    def number(name: str, present: int) -> Any:
        written = form.get(name, str(present)).strip()
        return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0

    plain = risk_method.as_plain(method)
    change: dict[str, Any] = {name: number(name, plain[name]) for name in ("threshold", "acceptance_days", "review_days")}
    change["bands"] = [{**band, "low": number(f"band.{band['code']}", band["low"])} for band in plain["bands"]]
    for part in ("deadlines", "treatment_days"):
        change[part] = {key: number(f"{part}.{key}", days) for key, days in plain[part].items()}
    return {name: value for name, value in change.items() if value != (list(plain[name]) if name == "bands" else plain[name])}


def _band(method: Method, score: int, tongue: str) -> tuple[str, str]:
    """(word, colour) of the band in which a score lies."""
    band = method.band(score)
    return (band.de if tongue == "de" else band.en, f"band-{method.bands.index(band)}") if band else ("", state_of(""))


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
