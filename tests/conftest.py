"""What every test stands on: English at the start, properties that take the time they need."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from convnext_viz.text import use_language

# Times on a shared machine say nothing about the property.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test starts in English, whatever language the one before it left behind."""
    with use_language("en"):
        yield
