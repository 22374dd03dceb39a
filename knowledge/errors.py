"""The root of the family of errors, and those of this folder.

A docstring says when it is raised; the message given at the place says which file, row, field or setting and what to do.
"""


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
