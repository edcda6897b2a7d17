"""Findings about a recipe's ingredients that others published or reported, each with its source.

``key`` names the sentence that says it, ``values`` are the figures in it, as they were printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from convnext_viz.specs.imagenet import IMAGENET
from convnext_viz.specs.published_roadmap import published_step


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is known of one ingredient."""

    ingredient: str
    key: str
    source: str
    values: Mapping[str, str] = field(default_factory=dict)


_REPOSITORY = "github.com/facebookresearch/ConvNeXt"
_PAPER = "Liu et al. 2022 (arXiv:2201.03545)"


def _training(regime: str) -> Finding:
    """The same ResNet before and after the whole change of recipe."""
    old, new = published_step("start", regime), published_step("recipe", regime)
    after = f"{new.top1} ± {new.std}" if new.std else new.top1
    values = {"network": regime.replace("resnet", "ResNet-"), "old": old.top1, "new": after}
    return Finding(ingredient="length", key="training", source=new.source, values=values)


def _average() -> Finding:
    """ConvNeXt-T without the moving average, mean of three seeds, and with it."""
    without = published_step("separate", "resnet50")
    whole = next(
        one
        for one in IMAGENET
        if (one.name, one.image_size, one.training) == ("convnext_tiny", 224, "in1k")
        and one.source.startswith("ConvNeXt")
    )
    values = {"old": f"{without.top1} ± {without.std}", "new": whole.top1}
    source = f"{without.source}; {whole.source}"
    return Finding(ingredient="average", key="average", source=source, values=values)


FINDINGS: tuple[Finding, ...] = (
    Finding(
        ingredient="schedule",
        key="rate",
        source=f"{_REPOSITORY}/issues/39",
        values={"times": "40", "accuracy": "55"},
    ),
    Finding(
        ingredient="schedule",
        key="batch",
        source=f"{_REPOSITORY}/issues/87",
        values={"got": "81.47", "paper": "82.1"},
    ),
    Finding(ingredient="schedule", key="laptop", source=f"{_REPOSITORY}/issues/17"),
    _training("resnet50"),
    _training("resnet200"),
    Finding(
        ingredient="mixing",
        key="train_accuracy",
        source="github.com/huggingface/pytorch-image-models/issues/1118",
    ),
    Finding(
        ingredient="smoothing",
        key="twice",
        source="github.com/keras-team/keras-cv/issues/70",
    ),
    Finding(ingredient="scale", key="isotropic", source=f"{_PAPER}, Appendix A.1"),
    _average(),
    Finding(ingredient="average", key="batch_norm", source=f"{_PAPER}, Appendix A.1"),
    Finding(
        ingredient="layers",
        key="sizes",
        source=f"{_PAPER}, Table 6; {_REPOSITORY}, main.py",
    ),
)
