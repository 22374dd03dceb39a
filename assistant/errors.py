"""Errors of this folder; the family's root is in `knowledge.errors`."""

from knowledge.errors import AnnexaError


class WrongSettings(AnnexaError):
    """One or more settings are wrong; the message lists every one of them."""


class ModelFailed(AnnexaError):
    """The chat model gave no usable reply: away, slow, over its limit, or not in the asked shape."""


class TooManyAttempts(AnnexaError):
    """Too many sign-ins failed for this account or from this address; the message says when to try again."""


class TrackerFailed(AnnexaError):
    """The tracker cannot be used now, or refuses what is asked; the message says who can do what."""
