"""Errors of this folder; the family's root is in `knowledge.errors`."""

from knowledge.errors import AnnexaError


class WrongSettings(AnnexaError):
    """One or more settings are wrong; the message lists every one of them."""


class NotAllowed(AnnexaError):
    """The asker's rights do not reach this; the same words whether the thing exists or not."""


class ModelFailed(AnnexaError):
    """The chat model gave no usable reply: away, slow, over its limit, or not in the asked shape."""
