"""What a statement rests on, as a Citation: a sentence of a passage, an entry of a framework, a row of a register, or the query that found them."""

from urllib.parse import urlencode

from assistant import addresses
from assistant.answering import registers
from assistant.answering.extraction import Found
from assistant.answering.shape import Citation, Locator
from knowledge import controls, standards
from knowledge.registers import REGISTERS, queries


def of_sentence(found: Found) -> Citation:
    """A sentence of a passage, word for word, with the place where it stands."""
    passage = found.passage
    return Citation(
        n=0,
        source_id=passage.source_id,
        kind=passage.kind,  # type: ignore[arg-type]
        title=title(found),
        version=found.version.version if found.version else "",
        locator=Locator(section=passage.heading, page=passage.page, start=passage.start + found.start, end=passage.start + found.end),
        quote=found.quote,
        url=f"/sources/{passage.id}",
    )


def of_entry(source_id: str) -> Citation | None:
    """An entry of a framework by its source id; None for one that no framework has."""
    control = controls.catalogue().by_source(source_id)
    if control is None:
        return None
    return computed(source_id, f"{control.id} {control.title}", f"id={control.id}; framework={control.framework}")


def computed(source_id: str, quote: str, query: str) -> Citation:
    """A citation of a look-up or an exact query: it is checked by running the query again."""
    locator = Locator(section=query)
    return Citation(
        n=0,
        source_id=source_id,
        kind="control",
        title=title_of_source(source_id),
        locator=locator,
        quote=quote,
        url=addresses.source(source_id),
    )


def of_row(line: registers.Line, query: str) -> Citation:
    """A row of a register, by the query that found it."""
    name = line.name if line.name.startswith(line.id) else f"{line.id} {line.name}"
    source = queries.source_of(REGISTERS[line.register], line.id)
    return _cited_by_query(source, name, line.quote, query, addresses.source(source))


def of_query(query: registers.RegisterQuery, result: registers.RegisterResult) -> Citation:
    """A number, groups, or that nothing was found: the query itself is the source."""
    name = query.register.words.plural()
    return _cited_by_query(
        f"register:{query.entity}",
        name[:1].upper() + name[1:],
        result.sentence,
        result.canonical,
        f"/registers/{query.entity}?{urlencode({'query': result.canonical})}",
    )


def title(found: Found) -> str:
    """The name under which people know what a sentence stands in."""
    if found.document:
        return (
            f"{found.document.number} {found.document.title}" if found.document.number not in found.document.title else found.document.title
        )
    if found.passage.kind == "register":
        return found.passage.heading
    if note := standards.note(found.passage.source_id):
        return f"{note.title} ({note.as_of})"
    return title_of_source(found.passage.source_id)


def title_of_source(source_id: str) -> str:
    """The id and title of an entry, else the source id itself."""
    control = controls.catalogue().by_source(source_id)
    return f"{control.id} {control.title}" if control else source_id


def place(found: Found) -> str:
    """The title, the heading that a sentence of a document stands under unless the title says it, and the address that opens it."""
    last = found.passage.heading.rsplit(" > ", 1)[-1]
    section = f", {last}" if found.document and last and last not in found.document.title else ""
    return f"{title(found)}{section} (/sources/{found.passage.id})"


def _cited_by_query(source_id: str, title: str, quote: str, query: str, url: str) -> Citation:
    return Citation(n=0, source_id=source_id, kind="register", title=title, locator=Locator(section=query), quote=quote, url=url)
