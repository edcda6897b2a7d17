"""Arms of experiments: where their weights come from, how they learn, and their JSON."""

import dataclasses
import json

import pytest

from convnext_viz.data.sources import facts
from convnext_viz.specs import CIFAR
from convnext_viz.train import experiment
from convnext_viz.train.experiment import Experiment, costs

BASE = CIFAR["cifar_ln_gelu"]


def test_where_an_arm_starts_from_and_how_it_learns_is_kept():
    pair = experiment.Arm("b", BASE, "bundled:cifar10_vit")
    probe = experiment.Arm("c", BASE, "timm:resnet18.a1_in1k", frozen=True)
    slow = experiment.Arm("d", BASE, lr_scale=0.5, layer_decay=0.8)
    full = Experiment(name="x", arms=(("a", BASE), pair, probe, slow))
    assert full.arms == (experiment.Arm("a", BASE), pair, probe, slow)
    written = json.loads(json.dumps(experiment.to_dict(full)))
    assert experiment.from_dict(written) == full
    assert [len(arm) for arm in written["arms"]] == [2, 3, 4, 4]  # as releases before wrote two
    assert written["arms"][2][3] == {"frozen": True}
    assert written["arms"][3][2:] == ["", {"lr_scale": 0.5, "layer_decay": 0.8}]
    assert costs(full, facts(full.data))
    unknown = dataclasses.replace(full, arms=(("b", BASE, "convnext_tiny.fb_in22k"),))
    with pytest.raises(ValueError, match=r"“b”.*convnext_tiny\.fb_in22k"):
        costs(unknown, facts(full.data))


@pytest.mark.parametrize(
    ("field", "value"),
    [("lr_scale", 0), ("lr_scale", float("nan")), ("lr_scale", True), ("layer_decay", 0.0),
     ("layer_decay", 1.1), ("layer_decay", "x"), ("frozen", 1)],
)  # fmt: skip
def test_how_no_arm_learns_is_refused(field, value):
    with pytest.raises(ValueError, match=f"“a” has {field}"):
        experiment.Arm("a", BASE, **{field: value})
    written = experiment.to_dict(Experiment(name="x", arms=(("a", BASE),)))
    written["arms"][0] += ["", {field: value}]
    with pytest.raises(ValueError, match=f"“a” has {field}"):
        experiment.from_dict(written)
    written["arms"][0][3] = {"colour": 1}
    with pytest.raises(ValueError, match="colour"):
        experiment.from_dict(written)
