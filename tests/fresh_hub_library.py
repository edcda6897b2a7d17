"""The model hub's library as a new process has it, without the seconds that torch and timm take."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def started_with(**variables: str) -> Iterator[None]:
    """The library reads its variables when it is imported: it is, once more, with these alone."""
    kept = {name: sys.modules.pop(name) for name in _loaded()}
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("HF_HUB_CACHE", raising=False)  # that keeps tests away from everybody's
        for name, value in variables.items():
            environment.setenv(name, value)
        try:
            yield
        finally:
            for name in _loaded():
                del sys.modules[name]
            sys.modules.update(kept)


def _loaded() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]
