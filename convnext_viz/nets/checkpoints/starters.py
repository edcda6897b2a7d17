"""The pretrained weights of a lesson, and whether weights are in the hub's cache; without torch.

The smallest ImageNet networks at 224 pixels that make the paper's comparison: a ConvNeXt with
LayerNorm and GELU, a ResNet with BatchNorm and ReLU.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import VARIANTS

FILES = ("model.safetensors", "pytorch_model.bin")  # the first cannot hold code


@dataclass(frozen=True)
class Starter:
    """Weights that a page offers before timm, which knows all of them, is loaded."""

    tag: str
    licence: str  # as timm states it

    @property
    def size(self) -> int:
        """Bytes of the download, to a per mille: four a parameter."""
        spec = VARIANTS[self.tag.partition(".")[0]]
        return 4 * plan(spec, smallest_image(spec)).params


STARTERS = (
    Starter("convnext_atto.d2_in1k", "apache-2.0"),
    Starter("resnet18.a1_in1k", "apache-2.0"),
)
"""Weights of a lesson: the first is the one to begin with."""


_FIRST = (  # by size: ConvNeXts that classify at 224 pixels
    STARTERS[0].tag,
    "convnextv2_atto.fcmae_ft_in1k",
    "convnext_femto.d1_in1k",
    "convnext_pico.d1_in1k",
    "convnext_nano.d1h_in1k",
    "convnext_tiny.fb_in1k",
)


def first_downloaded() -> str | None:
    """The smallest pretrained ConvNeXt at hand: the network to begin with."""
    return next((tag for tag in _FIRST if is_downloaded(tag)), None)


def is_downloaded(tag: str) -> bool:
    """Whether the weights of a tag can be loaded without a network connection."""
    return cached_file(f"timm/{tag}", *FILES) is not None


def cache_folder() -> Path:
    """Where the hub library stores what it downloads."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def cached_file(
    repo: str, *files: str, cache_dir: str | os.PathLike[str] | None = None
) -> Path | None:
    """The first of ``files`` of a hub repository that is in the cache, if any."""
    from huggingface_hub import try_to_load_from_cache

    cache = Path(cache_dir or cache_folder())
    for file in files:
        if isinstance(cached := try_to_load_from_cache(repo, file, cache_dir=cache), str):
            return Path(cached)
    return None
