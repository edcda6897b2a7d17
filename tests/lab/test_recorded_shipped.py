"""The recorded runs that come with the package: small, complete, of real images, without any."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from convnext_viz.lab import Lab
from convnext_viz.lab.recorded import form
from convnext_viz.plans import plan
from tests.lab.test_recorded import PATH, ROOT

SHIPPED = sorted((ROOT / "convnext_viz/lab/recorded").glob("*.safetensors"))


def test_the_norms_and_the_kernels_are_there() -> None:
    varied = {}
    for file in SHIPPED:
        specs = list(Lab().clone(f"recorded-{file.stem}").specs.values())
        varied[file.stem] = {
            name: {getattr(spec, name, None) for spec in specs}
            for name in ("norm", "act", "kernel_size")
        }
    assert varied["norm-act"]["norm"] == {"batch", "layer"}
    assert varied["norm-act"]["act"] == {"relu", "gelu"}
    assert varied["kernel-size"]["kernel_size"] == {3, 5, 7}


def test_the_five_families_cost_the_same() -> None:
    """Multiply-adds as timm's and torch's counters have them (tests/plans)."""
    specs = Lab().clone("recorded-families").specs
    assert list(specs) == ["ConvNeXt", "ResNet", "RepVGG", "ViT", "Swin"]
    costs = [plan(spec, 32).macs for spec in specs.values()]
    assert max(costs) <= 1.05 * min(costs)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_one_is_small_whole_and_without_pictures_and_paths(
    file: Path, tmp_path: Path
) -> None:
    assert file.stat().st_size <= 300_000
    with safe_open(file, "numpy") as stored:
        assert set(stored.keys()) == {
            f"{t}.{c}" for t, columns in form.TABLES.items() for c in columns
        }
        assert stored.metadata().keys() == {"recorded_run"}
    card = form.about(file)
    assert not PATH.search(json.dumps(card))
    assert card["facts"]["name"] == "CIFAR-10 (JPEG re-encoded)"
    assert all(len(one["commit"]) == 40 for one in card["environments"])
    lab, run = Lab(tmp_path), f"recorded-{file.stem}"
    status = lab.status(run)
    seeds = status.experiment.seeds
    assert len(seeds) >= 3 and status.state == "finished" and not status.diverged
    labels = list(status.experiment.labels)
    found, given = lab.differences(run), lab.verdict(run)
    assert [len(one.each) for one in found] == [len(seeds)] * (len(labels) - 1)
    assert given is not None and (given.seeds, len(given.arms)) == (len(seeds), len(labels))
    for curve in lab.metrics(run):
        assert curve.step[-1] == curve.test_step[-1] == status.total
        assert len(curve.step) > 150 and np.isfinite(curve.loss).all()
        assert 0.3 < curve.test_accuracy[-1] < 1
        right = lab.confusion(run, curve.label, curve.seed)
        assert right is not None and right.sum() == 10_000
        assert np.trace(right) / 10_000 == curve.test_accuracy[-1]
    assert lab.internals(run, seeds[0]) and lab.probe_images(run, seeds[0]) is None
    assert not list(tmp_path.iterdir())  # looking starts and writes nothing
