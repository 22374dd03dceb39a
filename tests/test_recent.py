"""What was asked for last stays in memory, and no more of it than allowed."""

from collections.abc import Sequence

from knowledge.index.recent import Recent

KNOWN = {"a": 1, "b": 2, "c": 3}


def noted(keys: Sequence[str], read: list[str]) -> Sequence[str]:
    read.extend(keys)
    return keys


def test_values_come_in_the_order_of_the_keys_and_are_read_once() -> None:
    read: list[str] = []
    recent = Recent(lambda keys: {key: KNOWN[key] for key in noted(keys, read) if key in KNOWN}, 10)
    assert list(recent.get(["b", "a", "x"])) == ["b", "a"]
    assert recent.get(["a", "c", "b"]) == KNOWN
    assert read == ["b", "a", "x", "c"]


def test_value_that_was_used_longest_ago_gives_way() -> None:
    read: list[str] = []
    recent = Recent(lambda keys: {key: KNOWN[key] for key in noted(keys, read)}, 2)
    recent.get(["a", "b"])
    recent.get(["a"])
    recent.get(["c"])
    recent.get(["a", "b"])
    assert read == ["a", "b", "c", "b"]


def test_value_that_was_forgotten_while_it_was_read_is_read_again() -> None:
    versions = iter(["old", "new"])

    def read(keys: Sequence[str]) -> dict[str, str]:
        recent.forget(keys)
        return dict.fromkeys(keys, next(versions))

    recent: Recent[str] = Recent(read, 10)
    assert recent.get(["a"]) == {"a": "old"}
    assert recent.get(["a"]) == {"a": "new"}


def test_values_read_elsewhere_are_kept_as_far_as_there_is_room() -> None:
    read: list[str] = []
    recent = Recent(lambda keys: {key: KNOWN[key] for key in noted(keys, read)}, 2)
    recent.take_up(KNOWN)
    assert recent.get(["a", "b", "c"]) == KNOWN
    assert read == ["c"]
