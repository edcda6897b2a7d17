"""A least-recently-used cache that pages and threads share."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class LRU(Generic[Value]):
    """Values by key; the ones used last stay, as long as their sizes together are within a bound.

    The last one stays in any case. ``size`` of a value may grow: ``trim`` then.
    """

    def __init__(self, most: float, size: Callable[[Value], float] = lambda _: 1) -> None:
        self._most, self._size = most, size
        self._lock = threading.Lock()
        self._values: OrderedDict[str, Value] = OrderedDict()

    def get(self, key: str) -> Value | None:
        """The value of that key, which is then the one used last; None where there is none."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: Value) -> None:
        """Stores a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
        self.trim()

    def setdefault(self, key: str, value: Value) -> Value:
        """The value of that key, for all who ask; where there is none, ``value`` is stored."""
        with self._lock:
            found = self._values.setdefault(key, value)
            self._values.move_to_end(key)
            return found

    def trim(self) -> None:
        """Lets go of the ones not used for longest until the rest is within the bound."""
        with self._lock:
            sizes = {key: self._size(value) for key, value in self._values.items()}
            while len(self._values) > 1 and sum(sizes.values()) > self._most:
                sizes.pop(self._values.popitem(last=False)[0])
