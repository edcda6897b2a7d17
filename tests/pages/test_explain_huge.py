"""A photograph of 100 megapixels on the page: explained, and within bounds of memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data.limits import LARGEST_FILE
from tests.odd_making import saved, scene

ROOT = Path(__file__).parents[2]

HUGE = """
import resource, sys
from pathlib import Path
from tests.pages.test_explain import choose, explains, give, opened

app = choose(opened(), "picture_kind", "upload")
give(app, "small.jpg", Path(sys.argv[1]).read_bytes())
assert explains(app)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
for name in sys.argv[2:]:
    give(app, name, Path(name).read_bytes())
    assert explains(app) and not app.error, app.error
    print(peak() - before)
"""


@pytest.mark.slow
def test_a_photograph_of_100_megapixels_is_explained_within_bounds(tmp_path: Path) -> None:
    """As a camera writes it (each pixel of its own: 30 MB), the page in a process of its own."""
    small = tmp_path / "small.jpg"
    small.write_bytes(saved(scene(), "JPEG"))
    noise = np.random.default_rng(0).integers(0, 40, (1024, 1024, 3), dtype=np.uint8)
    photo = Image.fromarray(np.asarray(scene(11648, 8736)) // 2 + np.tile(noise, (9, 12, 1))[
        :8736, :11648])  # fmt: skip
    file = tmp_path / "photo.jpg"
    file.write_bytes(saved(photo, "JPEG", quality=85))
    assert 10_000_000 < file.stat().st_size < LARGEST_FILE
    command = [sys.executable, "-c", HUGE, str(small), str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kilobytes = int(run.stdout.split()[-1])
    assert kilobytes < 350_000, kilobytes  # whole it would be 407 MB, decoded at a quarter it is 25
