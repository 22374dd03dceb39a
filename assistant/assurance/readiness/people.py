"""The checklist's part on people and process: training, commitment of management, internal audits, corrective actions."""

from dataclasses import replace

from sqlalchemy import and_, case, func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import Look, table, together
from assistant.assurance.readiness.required import standing
from knowledge.registers import REGISTERS, ExternalRef, Person

PLACE, TITLE = 6, Both("People and process", "Menschen und Abläufe")


@check(
    (
        "Is the staff trained: no training overdue, none to be repeated?",
        "Ist die Belegschaft geschult: keine Schulung überfällig, keine zu wiederholen?",
    ),
    ("Training overdue", "Schulungen überfällig"),
    (
        "Book the people named before the audit; show the share trained by department.",
        "Die Genannten vor dem Audit einbuchen; Anteil je Abteilung zeigen.",
    ),
    requirement="7.2 7.3 A.6.3",
    items="SR-161",
    role="HR",
)
def staff_trained(look: Look) -> Outcome:
    training = look.of("training")
    found = look.judge(
        "training",
        or_(training.state == "done", training.due_date < look.today, training.due_date.is_(None)),
        gaps=[
            (
                (training.state != "done") & (training.due_date < look.today),
                Both("{title}: due on {due_date}, not done", "{title}: fällig am {due_date}, nicht erfolgt"),
            ),
            (
                (training.state == "done") & (training.expires_on < look.today),
                Both("{title}: to be repeated by {expires_on}", "{title}: zu wiederholen bis {expires_on}"),
            ),
        ],
        unknown=[
            (
                (training.state != "done") & training.due_date.is_(None),
                Both("{title}: planned without a day", "{title}: ohne Termin geplant"),
            )
        ],
        good=Both("{title}: done on {done_on}, due {due_date}", "{title}: erfolgt am {done_on}, fällig {due_date}"),
    )
    return _by_department(look, found) if found.rows else found


def _by_department(look: Look, found: Outcome) -> Outcome:
    """The outcome with the share trained in each department."""
    training, people = look.of("training"), look.of("person")
    done = func.sum(
        case((and_(training.state == "done", or_(training.expires_on.is_(None), training.expires_on >= look.today)), 1), else_=0)
    )
    wanted = (
        select(people.department, done, func.count())
        .select_from(REGISTERS["training"].model.__table__.join(table(Person), training.owner == people.id))
        .where(look.seen("training"), look.seen("person"), people.department != "")
        .group_by(people.department)
        .order_by(people.department)
    )
    shares = ", ".join(f"{name} {int(trained)}/{number}" for name, trained, number in look.session.execute(wanted).all()[:12])
    said = (
        Both(f"{found.said.en}; done by department: {shares}", f"{found.said.de}; erledigt je Abteilung: {shares}")
        if shares
        else found.said
    )
    return replace(found, said=said)


@check(
    (
        "Does top management show its commitment: review held, policy signed, resources decided?",
        "Zeigt die oberste Leitung ihre Verpflichtung: Bewertung gehalten, Leitlinie freigegeben, Mittel entschieden?",
    ),
    ("Commitment of top management not shown", "Verpflichtung der obersten Leitung nicht belegt"),
    (
        "Hold the management review with all its inputs, and record decisions on people and money with a date.",
        "Die Managementbewertung mit allen Eingaben halten und Entscheidungen über Personal und Geld mit Datum festhalten.",
    ),
    requirement="5.1 5.2 7.1 9.3.1",
    items="SR-162",
    weight=MAJOR,
    role="Plant manager",
)
def management_commitment_shown(look: Look) -> Outcome:
    review = look.of("management_review")
    held = look.periodic(
        "management_review",
        "held_on",
        365,
        review.state == "done",
        review.decisions != "",
        review.audit_results != "",
        good=Both("{title}, held on {held_on}, with decisions", "{title}, gehalten am {held_on}, mit Entscheidungen"),
        late=Both("{title} was held on {held_on}, over 12 months ago", "{title} war am {held_on}, vor mehr als zwölf Monaten"),
    )
    return together(held, standing(look, ("DOC-002",)))


@check(
    ("Were the internal audits done as planned?", "Wurden die internen Audits wie geplant durchgeführt?"),
    ("Internal audits open past their day", "Interne Audits über ihrem Termin offen"),
    (
        "Do the audit, or move it with a reason and the consent of whoever approved the programme.",
        "Das Audit durchführen oder mit Grund und Zustimmung der für das Programm zuständigen Stelle verschieben.",
    ),
    requirement="9.2.1 9.2.2",
    items="SR-163",
    effort=WEEKS,
    role="Internal auditor",
)
def internal_audits_as_planned(look: Look) -> Outcome:
    audit = look.of("audit")
    ended = func.coalesce(audit.end_date, audit.start_date)
    return look.judge(
        "audit",
        audit.type == "internal",
        audit.status != "cancelled",
        or_(audit.status == "done", ended < look.today, audit.start_date.is_(None)),
        gaps=[
            (
                (audit.status != "done") & (ended < look.today),
                Both("{title}: planned for {start_date}, not done", "{title}: geplant für {start_date}, nicht durchgeführt"),
            )
        ],
        unknown=[
            ((audit.status != "done") & audit.start_date.is_(None), Both("{title}: planned without a day", "{title}: ohne Termin geplant"))
        ],
        good=Both("{title}: {start_date}, {status}", "{title}: {start_date}, {status}"),
    )


@check(
    (
        "Are all corrective actions closed, or open inside their deadline?",
        "Sind alle Korrekturmaßnahmen geschlossen oder innerhalb ihrer Frist offen?",
    ),
    ("Corrective actions overdue", "Korrekturmaßnahmen überfällig"),
    (
        "Finish the action and attach the evidence; where it needs longer, extend it with a reason and an approver before the audit.",
        "Die Maßnahme abschließen und Nachweis anhängen; braucht sie länger, vor dem Audit mit Grund und Freigabe verlängern.",
    ),
    requirement="10.2",
    items="SR-164 SR-177",
    weight=MAJOR,
)
def corrective_actions_in_time(look: Look) -> Outcome:
    action = look.of("corrective_action")
    found = look.judge(
        "corrective_action",
        also={"who": look.name_of(action.owner)},
        gaps=[
            (
                look.computed("corrective_action", "overdue"),
                Both("{title}: due on {due_date}, {state}, {who}", "{title}: fällig am {due_date}, {state}, {who}"),
            )
        ],
        unknown=[
            (
                (action.state != "closed") & action.due_date.is_(None),
                Both("{title}: open without a deadline, {who}", "{title}: ohne Frist offen, {who}"),
            )
        ],
        good=Both("{title}: {state}, due {due_date}, closed {closed_on}", "{title}: {state}, fällig {due_date}, geschlossen {closed_on}"),
    )
    if not found.rows:
        return found
    unclosed = look.count("corrective_action", action.state != "closed")
    return replace(found, said=Both(f"{found.said.en}; {unclosed} not closed", f"{found.said.de}; {unclosed} nicht geschlossen"))


@check(
    ("Has each nonconformity a corrective action?", "Hat jede Abweichung eine Korrekturmaßnahme?"),
    ("Nonconformities without a corrective action", "Abweichungen ohne Korrekturmaßnahme"),
    (
        "Propose and accept an action: contain, find the cause, decide who removes it by when.",
        "Eine Maßnahme vorschlagen und annehmen: eindämmen, Ursache finden, entscheiden, wer sie bis wann beseitigt.",
    ),
    requirement="10.2",
    items="SR-164 SR-199 SR-203",
    weight=MAJOR,
)
def nonconformities_have_actions(look: Look) -> Outcome:
    finding = look.of("finding")
    return look.judge(
        "finding",
        finding.grade.in_(("major", "minor", "area_of_concern")),
        gaps=[
            (
                ~look.pointed("finding", [("corrective_action", "finding")]),
                Both("{title} of {reported_on}: no corrective action", "{title} vom {reported_on}: keine Maßnahme"),
            )
        ],
        good=Both("{title} of {reported_on}: has an action", "{title} vom {reported_on}: hat eine Maßnahme"),
    )


@check(
    (
        "Does each accepted, unclosed action have its task in the tracker?",
        "Hat jede angenommene, offene Maßnahme ihre Aufgabe im Aufgabensystem?",
    ),
    ("Accepted actions without a task", "Angenommene Maßnahmen ohne Aufgabe"),
    (
        "File the tasks; where the tracker refuses, its owner sees why.",
        "Die Aufgaben anlegen; lehnt das System ab, sieht die verantwortliche Person, warum.",
    ),
    requirement="10.2",
    items="PM-08 SR-164 SR-177",
    weight=OBSERVATION,
    effort=HOURS,
)
def accepted_actions_have_a_task(look: Look) -> Outcome:
    action, filed = look.of("corrective_action"), table(ExternalRef).c
    here = action.id.in_(select(filed.row_id).where(filed.kind == "corrective_action"))
    any_ = select(filed.id).where(filed.kind == "corrective_action").exists()
    return look.judge(
        "corrective_action",
        action.state != "closed",
        action.accepted_at.is_not(None),
        gaps=[(~here & any_, Both("{title}: accepted on {accepted_at}, no task", "{title}: angenommen am {accepted_at}, keine Aufgabe"))],
        unknown=[(~here, Both("{title}: no tracker is in use", "{title}: kein Aufgabensystem in Gebrauch"))],
        good=Both("{title}: accepted on {accepted_at}, has a task", "{title}: angenommen am {accepted_at}, hat eine Aufgabe"),
    )


@check(
    (
        "Was the effect of each closed action reviewed by somebody other than its owner?",
        "Hat jemand anderes als die verantwortliche Person die Wirkung jeder geschlossenen Maßnahme geprüft?",
    ),
    ("Actions closed without an independent review of their effect", "Maßnahmen ohne unabhängige Wirksamkeitsprüfung geschlossen"),
    (
        "Reopen the action, fix the criterion, and let somebody else judge the effect.",
        "Die Maßnahme wieder öffnen, das Kriterium festlegen und jemand anderen urteilen lassen.",
    ),
    requirement="10.2",
    items="PM-08",
)
def closed_actions_were_effective(look: Look) -> Outcome:
    action = look.of("corrective_action")
    return look.judge(
        "corrective_action",
        action.state == "closed",
        gaps=[
            (
                action.reviewer == action.owner,
                Both("{title}: its owner reviewed the effect", "{title}: die verantwortliche Person prüfte die Wirkung selbst"),
            ),
            (
                action.effectiveness_result == "",
                Both("{title}: closed on {closed_on} without a result", "{title}: am {closed_on} ohne Ergebnis geschlossen"),
            ),
            (
                ~look.names("corrective_action", "evidence"),
                Both("{title}: closed on {closed_on} without evidence", "{title}: am {closed_on} ohne Nachweis geschlossen"),
            ),
            (action.root_cause == "", Both("{title}: closed without a cause", "{title}: ohne Ursache geschlossen")),
        ],
        unknown=[
            (
                action.reviewer.is_(None),
                Both("{title}: who reviewed the effect is not recorded", "{title}: wer die Wirkung prüfte, ist nicht erfasst"),
            )
        ],
        good=Both(
            "{title}: effect reviewed on {reviewed_on}, closed on {closed_on}",
            "{title}: Wirkung geprüft am {reviewed_on}, geschlossen am {closed_on}",
        ),
    )


@check(
    ("Were the people of the AI team and other trusted posts screened?", "Wurden das KI-Team und andere Vertrauensposten überprüft?"),
    ("Trusted posts without screening", "Vertrauensposten ohne Überprüfung"),
    (
        "Finish the screening, or write down why the post needs none; the result stays with HR.",
        "Die Überprüfung abschließen oder begründen, warum keine nötig ist; das Ergebnis bleibt bei HR.",
    ),
    requirement="A.6.1",
    items="SR-035",
    role="HR",
)
def trusted_posts_screened(look: Look) -> Outcome:
    post = look.of("governance_role")
    return look.judge(
        "governance_role",
        gaps=[
            (
                post.screening.in_(("not_done", "in_progress")),
                Both("{name}: screening not finished", "{name}: Überprüfung nicht abgeschlossen"),
            )
        ],
        unknown=[(post.screening == "", Both("{name}: screening not recorded", "{name}: Überprüfung nicht erfasst"))],
        good=Both("{name}: screened on {screened_on}, or none is needed", "{name}: überprüft am {screened_on}, oder nicht nötig"),
    )


@check(
    ("Do the people have the competence that their work needs?", "Haben die Menschen die Kompetenz, die ihre Arbeit braucht?"),
    ("Competence below what is needed", "Kompetenz unter dem Nötigen"),
    ("Train, hire or bring in help, and keep the proof.", "Schulen, einstellen oder Hilfe holen, und den Nachweis aufbewahren."),
    requirement="7.2",
    items="SR-212 SR-213",
    role="HR",
)
def competence_is_there(look: Look) -> Outcome:
    one = look.of("competence")
    return look.judge(
        "competence",
        gaps=[
            (
                one.level < one.needed_level,
                Both("{topic}: level {level}, needed {needed_level}", "{topic}: Stufe {level}, nötig {needed_level}"),
            )
        ],
        stale=[(one.valid_until < look.today, Both("{topic}: proof ended on {valid_until}", "{topic}: Nachweis endete am {valid_until}"))],
        unknown=[(or_(one.level.is_(None), one.needed_level.is_(None)), Both("{topic}: a level is missing", "{topic}: eine Stufe fehlt"))],
        good=Both("{topic}: level {level} of {needed_level}, {shown_by}", "{topic}: Stufe {level} von {needed_level}, {shown_by}"),
    )


@check(
    (
        "Is every office of the ISMS held by somebody, also that of AI governance?",
        "Ist jedes Amt des ISMS besetzt, auch das der KI-Governance?",
    ),
    ("Offices without a holder", "Ämter ohne Inhaber"),
    ("Name a holder and a deputy, and tell both.", "Inhaber und Vertretung benennen und beiden sagen."),
    requirement="5.3 A.5.2 iso42001:A.3.2",
    items="SR-034",
    weight=OBSERVATION,
    effort=HOURS,
    role="Plant manager",
)
def offices_are_held(look: Look) -> Outcome:
    post = look.of("governance_role")
    return look.judge(
        "governance_role",
        gaps=[(post.owner.is_(None), Both("{name}: nobody holds it", "{name}: unbesetzt"))],
        unknown=[(post.duties == "", Both("{name}: duties not written down", "{name}: Aufgaben nicht beschrieben"))],
        good=Both("{name}: held, duties written down", "{name}: besetzt, Aufgaben beschrieben"),
    )
