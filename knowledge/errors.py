"""The root of the family of errors, and those of this folder.

A docstring says when it is raised; the message given at the place says which file, row, field or setting and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class AnnexaError(Exception):
    """Something a person can act on; the text is shown to them as it is."""


class UnreadableDocument(AnnexaError):
    """A file cannot be loaded: damaged, encrypted, empty, too large, or not what its name says."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class BadMetadata(UnreadableDocument):
    """Front matter or a side file has an unknown field or a value that is not allowed."""


class BadKnowledge(AnnexaError):
    """A file of frameworks, guidance, notes or the glossary is not in its form."""


class EncoderUnusable(AnnexaError):
    """The encoder is missing, is not the published one, or cannot be loaded."""


class DataFolderBusy(AnnexaError):
    """Another process owns the data folder."""


class UnknownPerson(AnnexaError):
    """Nobody, or more than one, answers to that e-mail, id or role."""


class WrongSchema(AnnexaError):
    """The database is not at the revision that this version of Annexa works with."""


class UnknownRegister(AnnexaError):
    """There is no register of that name."""


class NotAllowed(AnnexaError):
    """The person's role, or the row's readers, do not let them do that."""


class NoSuchRow(AnnexaError):
    """There is no row with that id, or it is not for this person's eyes; both read the same."""

    def __init__(self, register: str, id_: str) -> None:
        super().__init__(f"{register} {id_}: there is no such row; look at the ids in the register.")
        self.register, self.id = register, id_


class ChangedMeanwhile(AnnexaError):
    """Somebody else changed the row after it was read."""


class RowRefused(AnnexaError):
    """What was given for a row breaks rules; `problems` says for each register, row, column, value, and what to do."""

    def __init__(self, problems: "Sequence[Problem]") -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a row: where, the value given, and what to do about it."""

    register: str
    row: str
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = f" is {self.value!r}" if self.value else ""
        return f"{self.register} {self.row or '(new)'}, {self.column}{shown}: {self.reason}"


class JournalBroken(AnnexaError):
    """The journal was altered, or an export of it does not fit."""
