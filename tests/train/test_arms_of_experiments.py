"""How an arm learns, where that is not as the recipe says: what is refused."""

import pytest

from convnext_viz.specs import CIFAR
from convnext_viz.train import experiment
from convnext_viz.train.experiment import Experiment

BASE = CIFAR["cifar_ln_gelu"]


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
