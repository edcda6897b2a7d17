"""Does a map mean something? Deletion, insertion, shuffled weights, and how alike two maps are."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, pad

from convnext_viz.explain.checks import as_input, check_input, check_net, check_target
from convnext_viz.explain.classes import class_count
from convnext_viz.explain.maps.attribute import attribute
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.explain.outputs import class_probabilities
from convnext_viz.results import Attribution, Faithfulness, Progress, RandomizedMap


def deletion_insertion(
    net: nn.Sequential,
    x: Tensor,
    values: NDArray[np.float32],
    target: int,
    *,
    steps: int = 16,
    random_maps: int = 3,
    batch: int = 17,
    seed: int = 0,
) -> Iterator[Progress | Faithfulness]:
    """Deletion and insertion curves of a map (h, w), and of random maps of the same cells.

    Deletion takes the most important pixels first and puts the mean colour (0) in their place;
    insertion starts from a blurred picture and puts them back. The number at each of ``steps`` + 1
    equal fractions is the probability of ``target``. Maps are enlarged bilinearly; pixels of equal
    value come in a random order, which ``seed`` repeats. Yields progress, and the record at last.
    Raises ValueError as ``predict`` does, and for a class that there is not.

    Source: Petsiuk et al. 2018, "RISE", section 4.3 there with a blur of 5 pixels at 224; here it
    is an eighth of the shorter side, as a weaker one leaves small pictures as they are.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    x = as_input(x)
    generator = np.random.default_rng(seed)
    maps = [np.asarray(values, dtype=np.float32)]
    maps += [generator.random(values.shape, dtype=np.float32) for _ in range(random_maps)]
    orders = [_order(one, x, generator) for one in maps]
    with torch.inference_mode():
        blurred = blur(x, min(x.shape[-2:]) / 8)
        check_target(target, class_count(net(x).shape[1]))
    total = 2 * len(orders) * (steps + 1)
    done, curves = 0, []
    for start, end in ((x, torch.zeros_like(x)), (blurred, x)):
        for order in orders:
            found: list[Tensor] = []
            for first in range(0, steps + 1, batch):
                with torch.inference_mode():
                    # (n, 1, H, W): the first so many pixels of the order are changed already
                    n = torch.arange(first, min(first + batch, steps + 1))
                    limits = (n * order.numel()) // steps
                    changed = (order[None, None] < limits[:, None, None, None]).to(x.device)
                    pictures = torch.where(changed, end, start)
                    logits = net(as_input(pictures)).double()
                    found.append(class_probabilities(logits)[:, target].cpu())
                done += len(n)
                yield Progress(done=done, total=total)
            curves.append(torch.cat(found).numpy())
    deletion, insertion = curves[: len(orders)], curves[len(orders) :]
    shape = (random_maps, steps + 1)
    yield Faithfulness(
        fractions=np.linspace(0, 1, steps + 1),
        deletion=deletion[0],
        insertion=insertion[0],
        random_deletion=np.array(deletion[1:]).reshape(shape),
        random_insertion=np.array(insertion[1:]).reshape(shape),
    )


def cascading_randomization(
    net: nn.Sequential,
    x: Tensor,
    method: str = "grad_cam",
    *,
    stage: str | None = None,
    target: int | None = None,
    contrast: int | None = None,
    seed: int = 0,
    on_progress: OnProgress = ignore,
    parameters: Mapping[str, float | None] | None = None,
) -> Iterator[RandomizedMap]:
    """A map after the head's weights were shuffled, then also the last stage's, down to the stem.

    Each tensor of weights keeps its numbers and loses their order, in a copy of the net. A map that
    stays the same does not show what the net has learnt. Class and score are those of the intact
    net. ``method``, ``stage``, ``on_progress`` and the method's ``parameters`` are as for
    ``attribute``. One record a depth; a net in pieces is never shared. Raises ValueError as
    ``attribute`` does.

    Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps", cascading randomisation.
    """

    def look(at: nn.Sequential, chosen: int | None) -> Attribution:
        found = attribute(
            at,
            x,
            method,
            stage=stage,
            target=chosen,
            contrast=contrast,
            on_progress=on_progress,
            **(parameters or {}),
        )
        return found.attribution

    original = look(net, target)
    private = deepcopy(net).requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for depth, module in reversed(list(private.named_children())):
        shuffle(module, generator)
        found = look(private, original.target)
        yield RandomizedMap(
            depth=depth, similarity=agreement((original, found))[0, 1], attribution=found
        )


def shuffle(module: nn.Module, generator: torch.Generator) -> None:
    """Every tensor of weights keeps its numbers and loses their order."""
    with torch.no_grad():
        for tensor in module.parameters():
            order = torch.randperm(tensor.numel(), generator=generator).to(tensor.device)
            tensor.copy_(tensor.flatten()[order].view(tensor.shape))


def similarity(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Spearman's rank correlation of two maps, −1 … 1; NaN if one of them is flat.

    Maps of different cells are first enlarged bilinearly to the finer of both grids.
    """
    height, width = (max(sides) for sides in zip(one.shape, other.shape, strict=True))
    fine = [_enlarged(values, height, width).numpy().ravel() for values in (one, other)]
    if any(values.min() == values.max() for values in fine):
        return float("nan")
    return float(spearmanr(*fine).statistic)


def agreement(maps: Sequence[Attribution]) -> NDArray[np.float64]:
    """How alike the maps of several models (or methods) are on one image: (n, n) similarities.

    NaN for a map that shows nothing: what rounding left is like nothing.
    """
    return np.array(
        [
            [
                float("nan") if a.nothing or b.nothing else similarity(a.values, b.values)
                for b in maps
            ]
            for a in maps
        ]
    )


def blur(x: Tensor, deviation: float) -> Tensor:
    """Gaussian blur of every channel, (N, C, H, W), ``deviation`` in pixels; edges are repeated."""
    reach = max(1, min(round(3 * deviation), min(x.shape[-2:])))
    at = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    bell = torch.exp(-(at**2) / (2 * deviation**2))
    bell = (bell / bell.sum()).repeat(x.shape[1], 1, 1, 1)  # (C, 1, 1, k)
    x = pad(x, (reach, reach, reach, reach), mode="replicate")
    x = conv2d(x, bell, groups=x.shape[1])
    return conv2d(x, bell.transpose(2, 3), groups=x.shape[1])


def _order(values: NDArray[np.float32], x: Tensor, generator: np.random.Generator) -> Tensor:
    """Each pixel's place in the order of importance, (H, W), 0 first."""
    fine = _enlarged(values, *x.shape[-2:]).numpy().ravel()
    sequence = np.lexsort((generator.random(fine.size), -fine))
    place = np.empty(fine.size, dtype=np.int64)
    place[sequence] = np.arange(fine.size)
    return torch.from_numpy(place).view(x.shape[-2:])


def _enlarged(values: NDArray[np.float32], height: int, width: int) -> Tensor:
    tensor = torch.tensor(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    return interpolate(tensor, size=(height, width), mode="bilinear")[0, 0]
