"""What tests of the Train page share: a lab of their own, and the page as a visitor opens it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from convnext_viz.lab import Lab
from convnext_viz.specs import ConvNeXtSpec
from tests.pages import visits

TINY = ConvNeXtSpec(name="tiny", depths=(1, 1), dims=(8, 16), num_classes=10, patch_size=4)


def own_lab(home: Path) -> Iterator[Lab]:
    """A lab of one test file, with one real worker, until the file is through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        patch.setenv("OMP_NUM_THREADS", "1")
        made = Lab()
        yield made
        made.close()


opened = partial(visits.opened, "train")
