"""Starting from trained weights: what is taken over, what is new, what the pictures look like."""

import dataclasses

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from convnext_viz.data import Dataset
from convnext_viz.nets import Preprocess, build
from convnext_viz.nets.weights import fill
from convnext_viz.results import Evaluation, FeatureProgress, StepMetrics
from convnext_viz.specs import ConvNeXtSpec, RepVGGSpec, Spec, SwinSpec, ViTSpec
from convnext_viz.train import Arm, augment, lockstep, prepare, restore, snapshot
from convnext_viz.train.arms import Learning
from convnext_viz.train.linear_probe import classifier, read
from convnext_viz.train.starting import (
    HEAD_INIT_SCALE,
    learning,
    started,
    starting_spec,
    takeover,
)
from tests.lab.curves import EVERYTHING, PLAIN, timeless

_CONV = {"depths": (1, 1), "dims": (8, 16)}
_BASIC = {"bottleneck": "basic", "depthwise": False, "downsample": "in_block", "kernel_size": 3}
_VIT = {"dim": 16, "depth": 2, "heads": 2, "patch_size": 4, "image_size": 32}
STARTS: dict[str, Spec] = {
    "convnext": ConvNeXtSpec(num_classes=7, **_CONV),
    "resnet": ConvNeXtSpec(
        num_classes=7, norm="batch", stem="conv3", patch_size=1, expansion=1.0, head_norm="none",
        layer_scale=None, block_norms="every", conv_position="middle", **_CONV, **_BASIC,
    ),
    "repvgg": RepVGGSpec(num_classes=7, **_CONV),
    "vit": ViTSpec(num_classes=7, **_VIT),
    "distilled": ViTSpec(num_classes=7, distillation_token=True, **_VIT),
    "swin": SwinSpec(num_classes=7, heads=(2, 2), window=4, patch_size=2, **_CONV),
    "swinv2": SwinSpec(num_classes=7, heads=(2, 2), window=4, patch_size=2, version="v2", **_CONV),
}  # fmt: skip
HOW = Preprocess(mean=(0.1, 0.5, 0.9), std=(0.2, 0.3, 0.4), image_size=(32, 32))
MEANS = (HOW.mean, HOW.std)


def weights(spec: Spec) -> torch.nn.Sequential:
    """A trained network's: all of them other than any fresh one's."""
    net = build(spec, seed=77)
    gen = torch.Generator().manual_seed(8)
    state = {
        name: one + 0.1 * torch.rand(one.shape, generator=gen) if one.is_floating_point() else one
        for name, one in net.state_dict().items()
    }
    return fill(spec, state)


@pytest.mark.parametrize("name", STARTS)
def test_all_but_the_classifier_is_the_starts(name: str) -> None:
    """The oracle is the start's own network: what it has before its classifier is the same."""
    start = STARTS[name]
    spec = starting_spec(start, classes=3, image_size=32)
    given = weights(start)
    net = started(spec, start, given, seed=4)
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(read(net.eval(), x), read(given, x))
        assert net(x).shape == (2, 3)
    new = classifier(net).weight
    assert float(new.detach().std()) == pytest.approx(0.02 * HEAD_INIT_SCALE, rel=0.3)
    assert not classifier(net).bias.any()
    again, other = (started(spec, start, given, seed=seed) for seed in (4, 5))
    assert torch.equal(classifier(again).weight, new)
    assert not torch.equal(classifier(other).weight, new)
    told = takeover(spec, start)
    assert told.new == ("head.fc.weight", "head.fc.bias")
    counted = sum(p.numel() for p in given.parameters())
    assert told.taken == counted - sum(p.numel() for p in classifier(given).parameters())
    for one in given.parameters():
        assert one.data_ptr() not in {p.data_ptr() for p in net.parameters()}  # its own tensors


def test_positions_are_interpolated_once_as_torch_does_it() -> None:
    start = STARTS["vit"]
    spec = starting_spec(start, classes=3, image_size=48)
    given = weights(start)
    net = started(spec, start, given, seed=0)
    table = given.get_parameter("stem.pos_embed.weight")
    expected = F.interpolate(table[None], size=(12, 12), mode="bicubic", antialias=True)[0]
    torch.testing.assert_close(net.get_parameter("stem.pos_embed.weight"), expected)


def test_another_network_is_refused_with_its_layers() -> None:
    start = STARTS["convnext"]
    other = dataclasses.replace(start, dims=(8, 24))
    with pytest.raises(ValueError, match=r"stage2\.blocks\.0"):
        takeover(other, start)
    with pytest.raises(ValueError, match=r"cannot start from the weights of"):
        started(STARTS["swin"], start, weights(start), seed=0)
    with pytest.raises(ValueError, match="1 channels"):
        starting_spec(dataclasses.replace(start, in_chans=1), classes=2, image_size=32)


def unaugmented(dataset: Dataset, images: Tensor) -> Tensor:
    """By torchvision: the pictures as the start is used to them."""
    from torchvision.transforms.v2.functional import normalize

    return normalize(images.float() / 255, list(HOW.mean), list(HOW.std))


@pytest.mark.parametrize("name", ["convnext", "resnet", "distilled"])
def test_a_probe_is_a_linear_classifier_on_features(dataset: Dataset, name: str) -> None:
    """The oracle is a plain torch loop over a classifier; features are the start's own network's,
    of pictures that are not augmented."""
    recipe = dataclasses.replace(EVERYTHING, lr=0.1)
    start = STARTS[name]
    spec = starting_spec(start, classes=10, image_size=16)
    net = started(spec, start, weights(start), seed=0)
    body = {k: v.clone() for k, v in net.state_dict().items() if not k.startswith("head.fc")}
    arms = prepare(
        {"probe": net}, recipe, learning={"probe": Learning(frozen=True, normalisation=MEANS)}
    )
    by_hand = started(spec, start, weights(start), seed=0).eval()
    last = classifier(by_hand)
    with torch.no_grad():
        x, tested = (
            read(by_hand, unaugmented(dataset, images))
            for images in (dataset.train_images, dataset.test_images)
        )
    events = list(lockstep(arms, dataset, recipe, seed=3))
    metrics = [e for e in events if isinstance(e, StepMetrics)]
    progress = [e for e in events if isinstance(e, FeatureProgress)]
    assert events[: len(progress)] == progress and progress[-1].done == progress[-1].total == 130
    matrix = [last.weight] if isinstance(last, torch.nn.Linear) else []
    rest = [p for p in last.parameters() if not any(p is one for one in matrix)]
    groups = [{"params": matrix, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}]
    steps = torch.optim.AdamW(groups, betas=recipe.betas, fused=True)
    for step, given in enumerate(metrics):
        chosen = augment.batch_indices(90, 16, seed=3, step=step)
        logits = last(x[chosen])
        loss = F.cross_entropy(logits, dataset.train_labels[chosen], label_smoothing=0.1)
        steps.zero_grad()
        loss.backward()
        assert given.arms["probe"].loss == pytest.approx(loss.item(), rel=1e-4)
        torch.nn.utils.clip_grad_norm_(last.parameters(), recipe.grad_clip)
        for group in steps.param_groups:
            group["lr"] = given.lr
        steps.step()
    torch.testing.assert_close(classifier(net).weight, last.weight, rtol=0.01, atol=1e-5)
    after = net.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in body.items())
    score = next(e for e in reversed(events) if isinstance(e, Evaluation)).arms["probe"]
    right = (last(tested).argmax(1) == dataset.test_labels).float().mean()
    assert score.net.accuracy == pytest.approx(right.item(), abs=0.03)
    assert score.ema is not None


def test_a_start_sees_the_same_batch_by_its_own_normalisation(dataset: Dataset) -> None:
    """The first loss is the network's on the batch, taken back to 0 … 1 and normalised anew."""
    start = STARTS["convnext"]
    spec = starting_spec(start, classes=10, image_size=16)
    net = started(spec, start, weights(start), seed=0)
    recipe = dataclasses.replace(PLAIN, resized_crop=0.5)
    how = learning(Arm("a", spec, "bundled:x"), HOW)
    first = next(
        lockstep(prepare({"a": net}, recipe, learning={"a": how}), dataset, recipe, seed=0)
    )
    batch = augment.draw(augment.source(dataset, torch.device("cpu")), recipe, seed=0, step=0)
    mean, std = (torch.tensor(one)[:, None, None] for one in (dataset.mean, dataset.std))
    pictures = batch.x * std + mean
    own = started(spec, start, weights(start), seed=0)
    x = (pictures - torch.tensor(HOW.mean)[:, None, None]) / torch.tensor(HOW.std)[:, None, None]
    loss = F.cross_entropy(own(x), batch.targets, label_smoothing=0.1)
    assert first.arms["a"].loss == pytest.approx(loss.item(), rel=1e-5)


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_resumed_fine_tuning_is_the_uninterrupted_one(dataset: Dataset, at: int) -> None:
    start = STARTS["resnet"]
    spec = starting_spec(start, classes=10, image_size=16)
    recipe = dataclasses.replace(EVERYTHING, resized_crop=0.35)
    tuned = learning(Arm("tuned", spec, "bundled:x", layer_decay=0.8, lr_scale=0.5), HOW)

    def fresh() -> list:
        nets = {
            "tuned": started(spec, start, weights(start), seed=0),
            "probe": started(spec, start, weights(start), seed=0),
            "scratch": build(spec, seed=0),
        }
        frozen = Learning(frozen=True, normalisation=MEANS)
        return prepare(nets, recipe, learning={"tuned": tuned, "probe": frozen})

    arms = fresh()
    uninterrupted, saved = [], snapshot(arms, 0)
    for event in lockstep(arms, dataset, recipe, seed=0):
        uninterrupted.append(event)
        if isinstance(event, StepMetrics) and event.step == at:
            saved = snapshot(arms, at)
    again = fresh()
    assert restore(again, saved) == at
    resumed = list(lockstep(again, dataset, recipe, seed=0, start_step=at))
    after = [
        e for e in uninterrupted if e.step > at or (e.step == at and isinstance(e, Evaluation))
    ]
    assert timeless(resumed) == timeless(after)
    for mine, theirs in zip(again, arms, strict=True):
        state = theirs.net.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in mine.net.state_dict().items())
