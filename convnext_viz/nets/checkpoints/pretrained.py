"""Pretrained networks that timm publishes, by their tag, such as ``resnet50.a1_in1k``."""

import difflib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from convnext_viz.nets.checkpoints.adapt import ignored
from convnext_viz.nets.checkpoints.files import read_tensors
from convnext_viz.nets.checkpoints.hub import Progress, fetch, forget
from convnext_viz.nets.checkpoints.naming import renamed
from convnext_viz.nets.checkpoints.rename import unwrap
from convnext_viz.nets.checkpoints.starters import FILES
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.nets.weights import Pretrained, WeightsError, fill
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import VARIANTS, Spec
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class Tag:
    """What is known about published weights before they are downloaded."""

    name: str
    spec: Spec
    params: int
    size: int  # bytes of the download, to a per mille: four a parameter
    preprocess: Preprocess
    licence: str
    source: str  # page of the weights
    classes: int  # 0 where the outputs are features or CLIP embeddings


def load_pretrained(
    tag: str,
    progress: Progress | None = None,
    *,
    endpoint: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
) -> Pretrained:
    """The net of a timm tag with its weights, labels, preprocessing, licence and source.

    The weights come from the hub's cache, else from the hub; ``progress`` gets (bytes done, bytes
    in all). ``endpoint`` and ``cache_dir`` are the hub library's own unless given (``HF_ENDPOINT``,
    ``HF_HOME``). Raises WeightsError, which says what to do; then the cache stays as it was.
    """
    described = described_tag(tag)
    path = fetch(f"timm/{tag}", *FILES, progress=progress, endpoint=endpoint, cache_dir=cache_dir)
    try:
        stored = read_tensors(path)
        dialect, bare = unwrap(stored.state)
        state = renamed(dialect, bare)
        spec = dialect.published(described.spec, state)
        net = fill(spec, state)
    except WeightsError as wrong:
        if not isinstance(wrong.__cause__, MemoryError):
            forget(path)  # the next try must not stumble over the same file
        raise WeightsError(t("nets.error.content", tag=tag, reason=str(wrong))) from wrong
    return Pretrained(
        net=net,
        spec=spec,
        labels=imagenet_labels(described.classes),
        preprocess=described.preprocess,
        licence=described.licence,
        source=described.source,
        notes=stored.said + ignored(stored.state),
    )


def described_tag(tag: str) -> Tag:
    """What is known about a tag; raises WeightsError, naming similar ones, where it is none."""
    known = pretrained_tags()
    if tag not in known:
        near = difflib.get_close_matches(tag, known, n=3, cutoff=0.3)
        raise WeightsError(t("nets.error.unknown_tag", tag=tag, near=", ".join(near) or "–"))
    return known[tag]


@cache
def pretrained_tags() -> Mapping[str, Tag]:
    """Every tag that ``load_pretrained`` takes, in timm's order; nothing is downloaded."""
    from timm.models import get_pretrained_cfg, list_pretrained

    tags = {}
    for name in list_pretrained():
        architecture = name.partition(".")[0]
        config = get_pretrained_cfg(name)
        if architecture in VARIANTS and config is not None and config.hf_hub_id:
            tags[name] = _tag(name, VARIANTS[architecture], config)
    return MappingProxyType(tags)


def _tag(name: str, spec: Spec, config: Any) -> Tag:
    spec = replace(spec, num_classes=config.num_classes)
    params = plan(spec, smallest_image(spec)).params
    return Tag(
        name=name,
        spec=spec,
        params=params,
        size=4 * params,
        preprocess=Preprocess(
            mean=config.mean,
            std=config.std,
            image_size=config.input_size[1:],
            crop_fraction=config.crop_pct,
            interpolation=config.interpolation,
            crop_mode=config.crop_mode,
        ),
        licence=config.license or "",
        source=f"https://huggingface.co/{config.hf_hub_id}",
        classes=config.num_classes if _subset(config.num_classes) else 0,
    )


def _subset(classes: int) -> str | None:
    """The set of ImageNet classes that has so many."""
    from timm.data.imagenet_info import infer_imagenet_subset

    subset: str | None = infer_imagenet_subset({"num_classes": classes})
    return subset


@cache
def imagenet_labels(classes: int) -> tuple[str, ...]:
    """English names of ImageNet's classes, by their number (1,000, 11,821 or 21,841); else none.

    WordNet's first word for each; where classes share it all their words, and where they share
    those too, such as the two cranes, the definition. Source: the lists that timm ships.
    """
    from timm.data.imagenet_info import ImageNetInfo

    subset = _subset(classes)
    if subset is None:
        return ()
    info = ImageNetInfo(subset)
    words = info.label_descriptions()
    definitions = info.label_descriptions(detailed=True)
    first = [word.split(",")[0] for word in words]
    shared_first, shared = Counter(first), Counter(words)
    return tuple(
        short if shared_first[short] == 1 else long if shared[long] == 1 else full
        for short, long, full in zip(first, words, definitions, strict=True)
    )
