"""Feature maps: what every stage of a net makes of a picture."""

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.results import FeatureMaps


def feature_maps(net: nn.Sequential, x: Tensor) -> tuple[FeatureMaps, ...]:
    """The outputs of the stem and of every stage for one picture, in one forward pass.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. The head is not run, so nets without
    classifier will do. Raises ValueError for a net in train mode or an input of another shape.
    """
    check_net(net)
    check_input(net, x)
    maps = []
    with torch.inference_mode():
        y = as_input(x)
        for stage, module in net[:-1].named_children():
            y = module(y)  # (1, C, h, w)
            values = y[0].float().contiguous().cpu().numpy()
            maps.append(FeatureMaps(stage=stage, values=values))
    return tuple(maps)
