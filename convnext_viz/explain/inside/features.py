"""Feature maps: what every stage of a net makes of a picture, or every block of an only stage."""

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.explain.places import grid_of, parts, places
from convnext_viz.explain.slices import as_map
from convnext_viz.results import FeatureMaps


def feature_maps(net: nn.Sequential, x: Tensor) -> tuple[FeatureMaps, ...]:
    """The outputs of the stem and of every stage for one picture, in one forward pass; of a net
    with a single stage, those of its blocks.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. The head is not run, so nets without
    classifier will do. Raises ValueError for a net in train mode or an input of another shape.
    """
    check_net(net)
    check_input(net, x)
    maps, grid = [], grid_of(net, (x.shape[2], x.shape[3]))
    at = places(net)
    with torch.inference_mode():
        y = as_input(x)
        for part in parts(net[:-1], at):
            y = part(y)
            for place in part.places:
                if place in at:
                    values = as_map(y, grid)[0].float().contiguous().cpu().numpy()
                    maps.append(FeatureMaps(stage=place, values=values))
    return tuple(maps)
