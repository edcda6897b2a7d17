"""A prediction is torch's softmax and top-k, as numpy, with names."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnext_viz.explain import classify, predict
from convnext_viz.nets import build
from convnext_viz.results import Classified, Progress
from tests.explain.small_nets import SPECS, frozen, picture


def test_equals_torch(kind: str, net: nn.Sequential, x: Tensor) -> None:
    logits = net(x)[0]
    found = predict(net, x, k=4)
    np.testing.assert_allclose(found.logits, logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.probabilities, logits.softmax(0), rtol=1e-3, atol=1e-6)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert found.top == tuple(torch.from_numpy(found.logits).topk(4).indices.tolist())
    assert type(found.logits) is np.ndarray and found.logits.dtype == np.float32
    assert 0 < found.seconds < 10


@pytest.mark.parametrize(("k", "expected"), [(1, 1), (5, 5), (7, 7), (99, 7), (0, 1)])
def test_as_many_as_there_are(k: int, expected: int) -> None:
    net = frozen(SPECS["convnext"])
    found = predict(net, picture(SPECS["convnext"]), k=k)
    assert len(found.top) == len(set(found.top)) == expected
    probabilities = found.probabilities[list(found.top)]
    assert (np.diff(probabilities) <= 0).all()


def test_names() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    labels = ("cat", "猫", "c", "d", "e", "f", "g")
    assert predict(net, x, labels).label(1) == "猫"
    assert predict(net, x).label(1) == "#1"
    with pytest.raises(ValueError, match=r"2 labels for 7 classes"):
        predict(net, x, ("a", "b"))


def test_a_frozen_record_that_shares_nothing() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    first = predict(net, x)
    first.logits[:] = 0
    assert predict(net, x).logits.any()
    with pytest.raises(AttributeError):
        first.top = ()  # type: ignore[misc]


def test_errors_in_words() -> None:
    spec = SPECS["convnext"]
    x = picture(spec)
    with pytest.raises(ValueError, match="eval"):
        predict(build(spec), x)
    with pytest.raises(ValueError, match="no classifier"):
        predict(build(replace(spec, num_classes=0)).eval(), x)
    with pytest.raises(ValueError, match=r"\(3, 64, 64\)"):
        predict(frozen(spec), x[0])
    with pytest.raises(ValueError, match="64 × 5"):
        predict(frozen(spec), x[:, :, :5])


def test_a_set_is_classified_as_each_of_its_pictures_is() -> None:
    net = frozen(SPECS["convnext"])
    one = picture(SPECS["convnext"])
    pictures = [one * (1 + i) + i for i in range(5)]
    batches = [((0, 3), torch.cat(pictures[:2])), ((4, 1, 5), torch.cat(pictures[2:]))]
    *steps, found = classify(net, batches, total=7)
    assert steps == [Progress(done=2, total=7), Progress(done=5, total=7)]
    assert isinstance(found, Classified)
    for place, x in zip((0, 3, 4, 1, 5), pictures, strict=True):
        alone = predict(net, x)
        assert found.targets[place] == alone.top[0]
        assert found.probabilities[place] == pytest.approx(alone.probabilities.max(), rel=1e-4)
    assert found.targets[[2, 6]].tolist() == [-1, -1]  # there was no picture
    with pytest.raises(ValueError, match="no classifier"):
        next(classify(build(replace(SPECS["convnext"], num_classes=0)).eval(), batches, total=7))
