"""Does the network look at the object or at the background? A box around the object, two measures.

The share of a map inside the box is the "pointing" measure with all cells instead of the largest
one (Wang et al. 2020, "Score-CAM", section 4.3: energy-based pointing game); the probability with
the box, or with all but the box, covered is an occlusion test (Zeiler and Fergus 2014, section
4.2).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net, check_target
from convnext_viz.explain.classes import class_count
from convnext_viz.explain.outputs import class_probabilities
from convnext_viz.results import Attribution, Box, BoxTest
from convnext_viz.text import t


def share_inside(attribution: Attribution, box: Box) -> float:
    """The share of a map's evidence for the class that lies in ``box`` (pixels of the input).

    A cell that the box cuts counts by the part of its area inside; what is negative counts as 0.
    NaN where the map shows nothing. Raises ValueError for a box outside of the picture.
    """
    height, width = attribution.image_size
    inside = _inside(box, height, width)
    evidence = np.maximum(attribution.values.astype(np.float64), 0)
    rows = _overlap(inside.top, inside.bottom, height, evidence.shape[0])
    columns = _overlap(inside.left, inside.right, width, evidence.shape[1])
    total = float(evidence.sum())
    if attribution.nothing or total == 0:
        return float("nan")
    return float(rows @ evidence @ columns) / total


def box_test(net: nn.Sequential, x: Tensor, attribution: Attribution, box: Box) -> BoxTest:
    """Both measures for the class that ``attribution`` explains, on the picture ``x``.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. What is covered gets the mean colour of the
    rest of the picture, channel by channel: the mean of all pictures would be a patch of its own.
    Raises ValueError as ``predict`` does, and for a box that covers nothing or everything.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    x = as_input(x)
    height, width = x.shape[-2:]
    inside = _inside(box, height, width)
    if inside.area == height * width:
        raise ValueError(t("yours.error.box_is_all"))
    chosen = torch.zeros(1, 1, height, width, dtype=torch.bool, device=x.device)
    chosen[..., inside.top : inside.bottom, inside.left : inside.right] = True
    pictures = torch.cat([x, _covered(x, chosen), _covered(x, ~chosen)])
    with torch.inference_mode():
        outputs = net(as_input(pictures)).double()
    check_target(attribution.target, class_count(outputs.shape[1]))
    probability, without, alone = class_probabilities(outputs)[:, attribution.target].tolist()
    return BoxTest(
        box=inside,
        area=inside.area / (height * width),
        share=share_inside(attribution, inside),
        probability=probability,
        without=without,
        alone=alone,
    )


def _inside(box: Box, height: int, width: int) -> Box:
    inside = box.clipped(height, width)
    if not inside.area:
        raise ValueError(t("yours.error.box_is_empty", width=width, height=height))
    return inside


def _covered(x: Tensor, chosen: Tensor) -> Tensor:
    """(1, C, H, W): the ``chosen`` positions in the mean colour of the others."""
    kept = (~chosen).to(x.dtype)
    colour = (x * kept).sum((2, 3), keepdim=True) / kept.sum()
    return torch.where(chosen, colour, x)


def _overlap(start: int, end: int, pixels: int, cells: int) -> NDArray[np.float64]:
    """For every cell along a side the part of it, 0 … 1, that lies between two pixels' edges."""
    edges = np.linspace(0, pixels, cells + 1)
    covered = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.maximum(covered, 0) / (pixels / cells)
