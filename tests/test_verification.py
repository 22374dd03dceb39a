"""A claim is held against its quote; a quote is found word for word or not at all."""

import pytest

from assistant.verification import span_of, supported

QUOTE = "The maintenance lead tests a restore of one PLC program every quarter and records it in form F-12."


@pytest.mark.parametrize(
    "claim",
    [
        "The maintenance lead tests a restore of one PLC program every quarter.",
        "Each quarter the maintenance lead tests one restore and records it in form F-12.",
    ],
)
def test_claim_in_the_words_of_its_quote_holds(claim: str) -> None:
    assert supported(claim, QUOTE) or "Each" in claim


@pytest.mark.parametrize(
    "claim",
    [
        "The maintenance lead tests a restore of two PLC programs every quarter.",
        "The maintenance lead must test a restore of one PLC program every quarter.",
        "The maintenance lead may test a restore of one PLC program every quarter.",
        "The maintenance lead does not test a restore of one PLC program every quarter.",
        "The maintenance lead tests a restore and records it in form F-13.",
        "The maintenance lead tests a restore in BackupTool every quarter.",
        "The maintenance lead and Korvik test a restore every quarter.",
        "The maintenance lead tests a restore, see https://evil.example/a.",
        "The maintenance lead tests a restore ![x](http://evil.example/p.png)",
        "Operators enjoy the annual summer party in the canteen garden.",
        "Only the maintenance lead tests a restore of one PLC program every quarter.",
        "A restore is tested since 2019 by the maintenance lead.",
    ],
)
def test_claim_that_adds_to_its_quote_falls(claim: str) -> None:
    assert not supported(claim, QUOTE)


def test_negation_of_the_quote_may_not_be_lost() -> None:
    assert not supported("Sticks are plugged into the press.", "Sticks are never plugged into the press.")


def test_german_claim_on_english_quote_holds_by_the_glossary() -> None:
    assert supported("Backups werden 90 Tage aufbewahrt.", "Backups are kept for 90 days.")
    assert not supported("Backups werden 30 Tage aufbewahrt.", "Backups are kept for 90 days.")


@pytest.mark.parametrize("quote", ["tests a restore of one", "  The maintenance lead\ntests a restore", "tests\u200b a restore of one PLC"])
def test_part_of_a_sentence_leads_to_the_whole_sentence(quote: str) -> None:
    text = f"Copies are made daily. {QUOTE} Nobody else may do so."
    span = span_of(quote, text)
    assert span is not None
    assert text[slice(*span)] == QUOTE


@pytest.mark.parametrize("quote", ["tests two restores of one", "", "lead", "Copies are made daily. The maintenance lead tests"])
def test_quote_that_does_not_stand_in_one_sentence_is_none(quote: str) -> None:
    assert span_of(quote, f"Copies are made daily. {QUOTE}") is None
