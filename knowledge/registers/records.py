"""The only way in which rows are made, changed and taken out: values checked, rights asked, the journal written, all in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, Problem, RowRefused
from knowledge.registers import journal, rights, rules, values
from knowledge.registers.columns import Column, Kind
from knowledge.registers.descriptions import REGISTERS, Register, register
from knowledge.registers.documents import DocumentText, DocumentVersion
from knowledge.registers.people import Person
from knowledge.registers.rights import Actor
from knowledge.registers.rows import Link, Numbering
from knowledge.registers.store import Store
from knowledge.registers.values import BadValue

_AT_ONCE = 500
_OF_RIGHTS = ("about", "id", "number", "owner", "author", "audience", "retired_at")
_PORTION = 2_000
"""Rows that are written to the database together."""


@contextmanager
def writing(store: Store, actor: Actor, now: datetime, source: str = "", history: bool = False) -> Iterator["Records"]:
    """Rows to be written by the actor in one transaction, which is committed when the block ends well.

    With `history` new rows come from a file with what became of them elsewhere: a corrective action that was closed there is closed here.
    """
    with store.write() as session:
        records = Records(session, actor, now, source, history)
        yield records
        records.flush()
        store.rows_written(session, records.written)


class NewRow:
    """A row on its way into the database: values as attributes, like the table class, at a fraction of its cost when there are many."""

    def __init__(self, found: Register, given: Mapping[str, Any]) -> None:
        self.about = found.about
        vars(self).update(_empty(found.model))
        vars(self).update(given)

    def settle(self) -> None:
        """Keep only what rights ask of a row that stands in the database: fifty thousand whole ones are a quarter of a gigabyte."""
        kept = {name: value for name, value in vars(self).items() if name in _OF_RIGHTS}
        self.__dict__ = kept


class Records:
    """What one actor writes in one transaction; use it through `writing`. `source` says where new rows come from."""

    def __init__(self, session: Session, actor: Actor, now: datetime, source: str = "", history: bool = False) -> None:
        self.session, self.actor, self.now, self.source = session, actor, now, source
        self._history = history or actor.role == rights.INSTALLATION.role
        self._loaded: set[tuple[str, str]] = set()
        self.written: dict[str, set[str]] = defaultdict(set)
        """Ids of the rows that were made, changed or taken out, by register."""
        self._journal: list[journal.Entry] = []
        self._links: list[dict[str, str]] = []
        self._new: list[Any] = []
        self._rows: dict[tuple[str, str], Any] = {}
        self._named: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._numbers: dict[str, Numbering] = {}
        self._handles: dict[str, str | None] = {}
        journal.lock(session)

    def create(self, name: str, given: Mapping[str, Any], internal: Mapping[str, Any] | None = None) -> Any:
        """The new row; without an id it gets the next one. `internal` are columns that only the product fills. Raises RowRefused, NotAllowed."""
        found = register(name)
        rights.demand(self.actor, "create", found.name)
        return self._create(found, given, internal)

    def follow(self, name: str, given: Mapping[str, Any]) -> Any:
        """The new row that follows from what the actor was allowed to do, such as the acknowledgements of an approved policy."""
        return self._create(register(name), given, None)

    def change(
        self,
        name: str,
        id_: str,
        given: Mapping[str, Any],
        revision: int | None = None,
        internal: Mapping[str, Any] | None = None,
        step: str = "",
    ) -> Any:
        """The row with the values given, others as they were; nothing is written where nothing differs.

        With a `revision` it must still be that one. A `step` is the name under which the journal keeps a step of a row's life: whoever takes one
        has asked its rules, and who may take it. Raises RowRefused, NotAllowed, NoSuchRow, ChangedMeanwhile.
        """
        found, row = self._row(name, id_, "read" if step else "change")
        return self._change(found, row, given, revision, internal, step)

    def _change(
        self,
        found: Register,
        row: Any,
        given: Mapping[str, Any],
        revision: int | None = None,
        internal: Mapping[str, Any] | None = None,
        step: str = "",
    ) -> Any:
        id_ = rights.row_id(row)
        _same_revision(found, id_, row, revision)
        wanted, lists = self._checked(found, given, row)
        wanted.update(internal or {})
        self._flush_new()
        before = {column: getattr(row, column) for column in wanted if getattr(row, column) != wanted[column]}
        changed_lists = self._changed_lists(found, id_, lists)
        version = self._version_change(found, id_, given)
        if not before and not changed_lists and not version:
            return row
        if found.about.append_only:
            self._refuse(found, id_, [(next(iter(before or changed_lists)), "these rows are never changed; add a newer one with a note")])
        old = row.model_copy()
        for column in before:
            setattr(row, column, wanted[column])
        try:
            self._refuse(found, id_, [*rules.problems(found.name, old, row, self.now), *self._taken(row)])
            if not step and (found.name, id_) not in self._loaded:
                self._refuse(found, id_, rules.closed_to_hand(found.name, old, row, _named(found, given, {*before, *changed_lists})))
            self._guard(found, row, set(before), old)
        except (RowRefused, NotAllowed):
            for column, value in old.model_dump().items():
                setattr(row, column, value)
            raise
        self._set_lists(found, id_, changed_lists)
        row.revision, row.changed_at = row.revision + 1, self.now
        self.session.add(row)
        told = {"before": before, "after": {column: getattr(row, column) for column in before}}
        for column, (was, ids) in changed_lists.items():
            told["before"][column], told["after"][column] = was, ids
        self._note(step or "change", found, id_, {side: _told({**some, **version.get(side, {})}) for side, some in told.items()})
        return row

    def values(self, name: str, id_: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given for a row, in the form of the database, lists as ids. Raises RowRefused, NoSuchRow."""
        found, row = self._row(name, id_, "read")
        wanted, lists = self._checked(found, given, row)
        return {**wanted, **lists}

    def retire(self, name: str, id_: str, reason: str) -> Any:
        """The row, taken out of every list; it stays in the database and in the journal. Raises RowRefused without a reason."""
        found, row = self._row(name, id_, "retire")
        return self._retire(found, row, reason)

    def _retire(self, found: Register, row: Any, reason: str) -> Any:
        id_ = rights.row_id(row)
        problems = [] if reason.strip() else [("reason", "say why it is taken out")]
        if found.about.append_only:
            problems.append(("reason", "these rows are never taken out; add a newer one with a note"))
        self._refuse(found, id_, [*problems, *rules.kept(found.name, row)])
        row.retired_at, row.changed_at, row.revision = self.now, self.now, row.revision + 1
        self.session.add(row)
        self._note("retire", found, id_, {"reason": reason.strip()})
        return row

    def accept_risk(self, id_: str, expires: Any, reason: str = "", revision: int | None = None) -> Any:
        """The risk, accepted by the actor in exactly its present state until `expires`.

        An acceptance that stands is renewed only by somebody who has seen it, and names the `revision` that shows it: of two people who accept
        a risk at once the second is told that it is done, and by whom. Raises NotAllowed, RowRefused, ChangedMeanwhile.
        """
        found, row = self._row("risk", id_, "approve")
        if self.actor.person_id is None:
            raise NotAllowed(f"risk {id_}: a named person accepts a risk; sign in, or say who with --as.")
        until = self._one(found, found.by_name["acceptance_expires"], expires)
        if revision != row.revision:
            by = self.session.get(Person, row.accepted_by) if row.accepted_by else None
            self._refuse(found, id_, rules.accepted_already(row, by.name if by else "somebody", self.now))
            _same_revision(found, id_, row, revision)
        self._refuse(found, id_, rules.acceptance_problems(row, until, self.now))
        before = {name: getattr(row, name) for name in rules.ACCEPTANCE}
        row.accepted_by, row.accepted_at, row.acceptance_expires = self.actor.person_id, self.now, until
        row.accepted_state, row.acceptance_void_at = rules.judged_state(row), None
        row.revision, row.changed_at = row.revision + 1, self.now
        self.session.add(row)
        after = {name: getattr(row, name) for name in rules.ACCEPTANCE}
        self._note("accept", found, id_, {"before": _told(before), "after": _told(after), "state": row.accepted_state, "reason": reason})
        return row

    def differs(self, name: str, id_: str, given: Mapping[str, Any]) -> bool:
        """Whether the row would change with the values given. Raises as `change` does."""
        found, row = self._row(name, id_, "read")
        wanted, lists = self._checked(found, given, row)
        return any(getattr(row, column) != value for column, value in wanted.items()) or bool(self._changed_lists(found, id_, lists))

    def check(self, name: str, given: Mapping[str, Any], id_: str = "") -> None:
        """Nothing where the values could stand in a new row, or in the one with that id. Raises RowRefused with every problem."""
        self._checked(register(name), given, self._find(register(name).name, id_) if id_ else None)

    def propose(
        self,
        name: str,
        action: str,
        given: Mapping[str, Any],
        id_: str = "",
        title: str = "",
        reason: str = "",
        provenance: Mapping[str, Any] | None = None,
    ) -> Any:
        """A proposal to `create` a row, or to `change` or `retire` the one with that id. Raises RowRefused, NotAllowed, NoSuchRow.

        `provenance` holds what the assistant adds to its own: `sources`, `model`, `prompt_hash`.
        """
        found, row = self._row(name, id_, "propose") if action != "create" else (register(name), None)
        rights.demand(self.actor, "propose", found.name)
        if action == "retire":
            self._refuse(found, id_, [] if reason.strip() else [("reason", "say why it is taken out")])
        else:
            wanted, lists = self._checked(found, given, row)
            if row is not None:
                differing = {column for column, value in wanted.items() if getattr(row, column) != value}
                differing |= set(self._changed_lists(found, id_, lists))
                after = row.model_copy(update=wanted)
                closed = rules.closed_to_hand(found.name, row, after, _named(found, given, differing))
                # A later due day may be asked for: whoever accepts it approves the extension.
                self._refuse(found, id_, [(column, why) for column, why in closed if column != "due_date"])
        named = str(given.get("name") or given.get("title") or "")
        proposal = {
            "title": title or f"{action} {found.name} {id_ or named}".strip(),
            "register_name": found.name,
            "action": action,
            "row_id": id_,
            "reason": reason,
            "author": self.actor.person_id,
            "audience": given.get("audience") or (row.audience if row is not None else "staff"),
        }
        payload = {column: values.plain(value) for column, value in given.items()}
        return self._create(REGISTERS["proposal"], proposal, {"payload": payload, **(provenance or {})})

    def decide(self, id_: str, accept: bool, reason: str = "", given: Mapping[str, Any] | None = None) -> Any:
        """The proposal, decided by the actor; an accepted one is carried out. With other values (`given`) than were proposed the actor writes
        themselves, and needs the right to.

        Raises RowRefused, NotAllowed, NoSuchRow.
        """
        found, row = self._row("proposal", id_, "approve")
        if self.actor.person_id is None:
            raise NotAllowed(f"proposal {id_}: a named person decides; sign in, or say who with --as.")
        problems = [("state", f"it is {row.state} already; make a new proposal")] if row.state != "open" else []
        if not accept and not reason.strip():
            problems.append(("decision_reason", "say why it is rejected"))
        self._refuse(found, id_, problems)
        if accept:
            row.row_id = self._carry_out(row, given)
        row.state, row.decided_by, row.decided_at = "accepted" if accept else "rejected", self.actor.person_id, self.now
        row.decision_reason, row.revision, row.changed_at = reason.strip(), row.revision + 1, self.now
        self.session.add(row)
        self._note("accept" if accept else "reject", found, id_, {"reason": reason.strip(), "row": f"{row.register_name} {row.row_id}"})
        return row

    def expect(self, name: str, ids: Iterable[str]) -> dict[str, Any]:
        """Rows of these ids that exist, read in few queries: for whoever is about to create or change many."""
        found = register(name)
        key = found.model.__table__.c[found.id_name]
        wanted = [id_ for id_ in ids if (found.name, id_) not in self._rows and values.storable(id_)]
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            self._rows.update({(found.name, id_): None for id_ in some})
            for row in self.session.exec(select(found.model).where(key.in_(some))).all():
                self._rows[found.name, getattr(row, found.id_name)] = row
                self._named[found.name, getattr(row, found.id_name)] = {}
            kinds = [found.link_kind(column.name) for column in found.lists]
            for link in self.session.execute(
                select(Link.kind, Link.from_id, Link.to_id).where(col(Link.kind).in_(kinds), col(Link.from_id).in_(some))
            ):
                if (known := self._named.get((found.name, link.from_id))) is not None:
                    known.setdefault(link.kind, []).append(link.to_id)
        return {id_: row for id_ in ids if (row := self._rows.get((found.name, id_))) is not None}

    def note(self, action: str, name: str, id_: str, body: Mapping[str, Any]) -> None:
        """Put into the journal what was done to a row beyond its columns, such as the approval of a version of a document."""
        self._note(action, register(name), id_, dict(body))

    def flush(self) -> None:
        """Write what was collected: rows, links, journal. `writing` does so at the end."""
        self._flush_new()
        journal.append(self.session, self._journal, self.now)
        self._journal.clear()

    @contextmanager
    def by_the_product(self, source: str) -> Iterator["Records"]:
        """The product itself, writing in the same transaction: what it proposes after an act of the actor stands or falls with that act."""
        self.flush()
        product = Records(self.session, rights.INSTALLATION, self.now, source)
        yield product
        product.flush()
        for name, ids in product.written.items():
            self.written[name] |= ids

    # --- rows -----------------------------------------------------------------------------------------------------

    def _create(self, found: Register, given: Mapping[str, Any], internal: Mapping[str, Any] | None) -> Any:
        if len(self._new) >= _PORTION:
            self._settle()
        after, lists = self._checked(found, given, None)
        id_ = self._new_id(found, given)
        after = {**after, **(internal or {})}
        stamps = {"source": self.source, "created_at": self.now, "changed_at": self.now}
        row = NewRow(found, {found.id_name: id_, **stamps, **after})
        by_hand = [] if self._history else rules.new_by_hand(found.name, row)
        self._refuse(found, id_, [*rules.problems(found.name, None, row, self.now), *by_hand, *self._taken(row)])
        self._guard(found, row, set(after), None)
        # Whatever may refuse comes before anything is collected, or half a row would stay where one goes on after a refusal.
        version = [self._version(DocumentVersion(number=id_, version="1", state="draft"), found, given)] if found.name == "document" else []
        if self._history and found.name == "corrective_action":
            self._loaded.add((found.name, id_))
        self._new.append(row)
        self._rows[found.name, id_] = row
        for column, ids in lists.items():
            self._links += [{"kind": found.link_kind(column), "from_id": id_, "to_id": to} for to in ids]
        self._new += version
        self._note("create", found, id_, {"after": _told({**after, **lists}), "source": after.get("source", self.source)})
        return row

    def _settle(self) -> None:
        """Write what was collected, and keep little of it."""
        new = [row for row in self._new if isinstance(row, NewRow)]
        self.flush()
        for row in new:
            row.settle()

    def _row(self, name: str, id_: str, action: str) -> tuple[Register, Any]:
        found = register(name)
        row = self._find(found.name, id_)
        if isinstance(row, NewRow):
            self._flush_new()
            row = self._rows[found.name, id_] = self.session.get(found.model, id_)
        if row is None or row.retired_at:
            raise NoSuchRow(found.name, id_)
        rights.demand(self.actor, action, found.name, row)
        return found, row

    def _carry_out(self, proposal: Any, given: Mapping[str, Any] | None) -> str:
        """The id of the row that an accepted proposal made, changed or took out.

        As it was proposed it needs the right to approve what others wrote in that register; in other words, the right to write there.
        """
        as_proposed = given is None or {name: values.plain(value) for name, value in given.items()} == proposal.payload
        values_, action = (proposal.payload if given is None else given), ("approve" if as_proposed else proposal.action)
        if proposal.action == "create":
            rights.demand(self.actor, action, proposal.register_name)
            return rights.row_id(self._create(register(proposal.register_name), values_, {"source": f"proposal {proposal.id}"}))
        found, row = self._row(proposal.register_name, proposal.row_id, action)
        return rights.row_id(
            self._change(found, row, values_) if proposal.action == "change" else self._retire(found, row, proposal.reason)
        )

    def _find(self, name: str, id_: str) -> Any:
        if (name, id_) not in self._rows:
            with self.session.no_autoflush:
                self._rows[name, id_] = self.session.get(REGISTERS[name].model, id_) if values.storable(id_) else None
        return self._rows[name, id_]

    def _guard(self, found: Register, row: Any, changed: set[str], old: Any) -> None:
        """Raises NotAllowed where the actor would hide the row from themselves, or record an acceptance that is not theirs to give."""
        if self.actor.role == rights.INSTALLATION.role:
            return
        if row.audience not in self.actor.audiences and "audience" in changed | ({"audience"} if old is None else set()):
            raise NotAllowed(
                f"{found.name}: you may not read {row.audience} rows, so you cannot make one; choose readers that include you."
            )
        given = [name for name in rules.ACCEPTANCE if name in changed and getattr(row, name) != getattr(old, name, None)]
        if found.name == "risk" and given and not rights.may(self.actor, "approve", found.name, old if old is not None else row):
            raise NotAllowed(f"risk {rights.row_id(row)}: only its owner, an approver or the ISMS manager records an acceptance.")

    def _taken(self, row: Any) -> list[tuple[str, str]]:
        """The e-mail, where another person has it already."""
        if row.about.name != "person" or self.person(row.email) in (None, row.id):
            return []
        return [("email", "somebody has that e-mail already; change that person, or give another one")]

    def _new_id(self, found: Register, given: Mapping[str, Any]) -> str:
        wanted = given.get(found.id_name) or given.get(found.by_name[found.id_name].head)
        if not wanted and not found.about.prefix:
            self._refuse(found, "", [(found.id_name, "it is empty; fill it in")])
        try:
            id_ = rules.checked_id(found.name, wanted) if wanted else ""
        except BadValue as error:
            self._refuse(found, str(wanted), [(found.id_name, str(error))])
        if id_ and self._find(found.name, id_) is not None:
            self._refuse(found, id_, [(found.id_name, "that id is not free; change that row, or leave the id out to get the next one")])
        return self._numbered(found, id_)

    def _numbered(self, found: Register, id_: str) -> str:
        """The id, or the next one where there is none; a number that a file brings along is never given out again."""
        prefix, _, digits = id_.rpartition("-") if id_ else (found.id_prefix(self.now.date()), "", "")
        if (
            not prefix
            or not prefix.startswith(found.about.prefix)
            or (id_ and not (digits.isascii() and digits.isdigit()))
            or len(digits) > 9
        ):
            return id_
        counter = self._numbers.get(prefix)
        if counter is None:
            with self.session.no_autoflush:
                counter = self._numbers[prefix] = self.session.get(Numbering, prefix) or Numbering(prefix=prefix)
            self.session.add(counter)
        if id_:
            counter.last = max(counter.last, int(digits))
            return id_
        counter.last += 1
        return found.id_of(prefix, counter.last)

    def _flush_new(self) -> None:
        # In the order in which they came, a table at a time: a row is named only by rows that came after it.
        for table, some in groupby(self._new, _table):
            if table is None:
                self.session.add_all(some)
            else:
                names = table.c.keys()
                self.session.execute(insert(table), [{name: vars(row)[name] for name in names} for row in some])
            self.session.flush()
        self._new.clear()
        if self._links:
            self.session.execute(insert(Link), self._links)
            self._links.clear()

    # --- values ---------------------------------------------------------------------------------------------------

    def _checked(self, found: Register, given: Mapping[str, Any], row: Any) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
        """(values, lists) by column name, in the form of the database; for a new row all columns. Raises RowRefused with every problem."""
        out: dict[str, Any] = {}
        problems: list[tuple[str, str]] = []
        known = {column.name: value for name, value in given.items() if (column := found.column(name))}
        if unknown := ", ".join(name for name in given if found.column(name) is None):
            problems.append((unknown, f"there is no such column; there are {', '.join(column.head for column in found.writable)}"))
        for column in found.writable:
            if column.version or column.name == found.id_name or (column.name not in known and row is not None):
                continue
            if column.name not in known and column.managed:
                continue
            try:
                out[column.name] = values.kept(column, known.get(column.name), self.resolve)
            except BadValue as error:
                problems.append((column.name, str(error)))
        for column in found.columns:
            if column.kind is Kind.COMPUTED and known.get(column.name) not in (None, ""):
                problems.append((column.name, "it is worked out and never written; leave it out"))
        rules.complete(found.name, out, row, self.now)
        self._refuse(found, rights.row_id(row) if row is not None else str(given.get(found.id_name) or ""), problems, known)
        lists = {column.name: out.pop(column.name) for column in found.lists if column.name in out}
        return out, lists

    def _one(self, found: Register, column: Column, value: Any) -> Any:
        try:
            return values.kept(column, value, self.resolve)
        except BadValue as error:
            raise RowRefused([Problem(found.name, "", column.head, str(value), str(error))]) from error

    def _refuse(self, found: Register, id_: str, problems: Sequence[tuple[str, str]], known: Mapping[str, Any] | None = None) -> None:
        if problems:
            raise RowRefused([self._problem(found, id_, name, reason, known or {}) for name, reason in problems])

    def _problem(self, found: Register, id_: str, name: str, reason: str, known: Mapping[str, Any]) -> Problem:
        column, given = found.by_name.get(name), known.get(name)
        return Problem(found.name, id_, column.head if column else name, "" if given is None else str(given)[:200], reason)

    def resolve(self, target: str, written: str) -> str | None:
        """The id of the row that is meant, one that the actor may see; people also by e-mail and name."""
        if target == "person":
            return self.person(written)
        for id_ in (written, written.upper()):
            row = self._find(target, id_)
            if row is not None and rights.may(self.actor, "read", target, row):
                return id_
        return None

    def person(self, written: str) -> str | None:
        """The id of the person with that id, e-mail or name; None for nobody, and for a name that two people have."""
        if not self._handles:
            for row in self.session.exec(select(Person)).all():
                for handle in (row.id, row.email):
                    self._handles[handle.casefold()] = row.id
                # A name that two people have names nobody.
                self._handles[row.name.casefold()] = row.id if self._handles.get(row.name.casefold(), row.id) == row.id else None
        found = self._handles.get(written.casefold())
        if found is None and any(isinstance(row, NewRow) and row.about.name == "person" for row in self._new):
            self._flush_new()
            self._handles.clear()
            return self.person(written)
        return found

    # --- lists and versions ---------------------------------------------------------------------------------------

    def _changed_lists(
        self, found: Register, id_: str, lists: Mapping[str, tuple[str, ...]]
    ) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """column -> (ids that were there, ids that shall be), for lists that differ; what the actor cannot see stays."""
        out = {}
        for name, wanted in lists.items():
            column = found.by_name[name]
            was = tuple(sorted(self._ids_named(found, name, id_)))
            hidden = [to for to in was if column.kind is Kind.LINKS and self.resolve(column.register, to) is None]
            now = tuple(sorted({*wanted, *hidden}))
            if was != now:
                out[name] = (was, now)
        return out

    def _ids_named(self, found: Register, name: str, id_: str) -> Sequence[str]:
        """Ids that a list of a row holds now."""
        kind = found.link_kind(name)
        if (known := self._named.get((found.name, id_))) is not None:
            return known.get(kind, ())
        return self.session.exec(select(Link.to_id).where(Link.kind == kind, Link.from_id == id_)).all()

    def _set_lists(self, found: Register, id_: str, lists: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        self._named.pop((found.name, id_), None)
        for name, (_, ids) in lists.items():
            kind = found.link_kind(name)
            self.session.execute(delete(Link).where(col(Link.kind) == kind, col(Link.from_id) == id_))
            if ids:
                self.session.execute(insert(Link), [{"kind": kind, "from_id": id_, "to_id": to} for to in ids])

    def _version_change(self, found: Register, id_: str, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Before and after of the columns of a document's current version that change."""
        names = [column.name for column in found.columns if column.version and (column.name in given or column.head in given)]
        if not names:
            return {}
        statement = select(DocumentVersion).where(DocumentVersion.number == id_, DocumentVersion.current)
        version = self.session.exec(statement).first() or DocumentVersion(number=id_, version="1", state="draft")
        before = {name: getattr(version, name) for name in names}
        self._version(version, found, given)
        after = {name: getattr(version, name) for name in names}
        if before == after:
            return {}
        if version.file_hash and (before.get("version") != after.get("version") or before.get("state") != after.get("state")):
            self.session.refresh(version)
            reason = "version and state come with the document's file; load it with annexa ingest"
            self._refuse(found, id_, [("version" if before.get("version") != after.get("version") else "state", reason)])
        if version.id is not None and self.session.get(DocumentText, version.id) is not None:
            self.session.refresh(version)
            self._refuse(found, id_, [(names[0], "it is written here; submit it, and let somebody else approve it")])
        self.session.add(version)
        differing = [name for name in names if before[name] != after[name]]
        return {"before": {name: before[name] for name in differing}, "after": {name: after[name] for name in differing}}

    def _version(self, version: DocumentVersion, found: Register, given: Mapping[str, Any]) -> DocumentVersion:
        for column in found.columns:
            if column.version and (column.name in given or column.head in given):
                setattr(version, column.name, self._one(found, column, given.get(column.name, given.get(column.head))))
        return version

    def _note(self, action: str, found: Register, id_: str, body: dict[str, Any]) -> None:
        self.written[found.name].add(id_)
        self._journal.append(journal.Entry(self.actor.person_id or self.actor.role, action, f"{found.name} {id_}", body))


def _same_revision(found: Register, id_: str, row: Any, revision: int | None) -> None:
    if revision is not None and revision != row.revision:
        raise ChangedMeanwhile(f"{found.name} {id_}: somebody changed it after you opened it; look at it again and repeat your change.")


def _named(found: Register, given: Mapping[str, Any], differing: set[str]) -> set[str]:
    """Those of the columns that differ that somebody has given a value for; the others follow from them."""
    return differing & {column.name for name in given if (column := found.column(name))}


@cache
def _empty(model: Any) -> dict[str, Any]:
    """What stands in each column of a row about which nothing was said."""
    return {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}


def _table(row: Any) -> Any:
    return REGISTERS[row.about.name].model.__table__ if isinstance(row, NewRow) else None


def _told(some: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the journal keeps them, empty ones left out."""
    return {name: values.plain(value) for name, value in some.items() if value not in (None, "", ())}
