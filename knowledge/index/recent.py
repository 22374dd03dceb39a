"""What was asked for last stays in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, at most so many of them; those that are not there are read together. Its methods may be called from several threads."""

    def __init__(self, read: Callable[[Sequence[str]], Mapping[str, V]], most: int) -> None:
        self._read, self._most = read, most
        self._lock = threading.Lock()
        self._values: OrderedDict[str, V] = OrderedDict()
        self._forgotten = 0

    def take_up(self, values: Mapping[str, V]) -> None:
        """Keep values that were read anyway, as many as there is room for."""
        with self._lock:
            room = self._most - len(self._values)
            self._values.update(islice(values.items(), max(room, 0)))

    def get(self, keys: Collection[str]) -> dict[str, V]:
        """The values that there are, in the order of the keys."""
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
            forgotten = self._forgotten
        if len(found) == len(keys):
            return found
        read = self._read([key for key in dict.fromkeys(keys) if key not in found])
        with self._lock:
            if forgotten == self._forgotten:  # else what was read may be what was to be forgotten
                self._values.update(read)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return {key: found[key] if key in found else read[key] for key in keys if key in found or key in read}

    def forget(self, keys: Iterable[str]) -> None:
        """Read these anew when they are asked for."""
        with self._lock:
            self._forgotten += 1
            for key in keys:
                self._values.pop(key, None)
