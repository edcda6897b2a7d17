"""Long measurements of the RepVGG page, as jobs: they run in threads, without Streamlit."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from convnext_viz.results import EightBitsCompared, ForwardTimes, Progress
from convnext_viz.specs import VARIANTS, default_size
from convnext_viz.ui import named_networks
from convnext_viz.ui.repvgg import subjects

if TYPE_CHECKING:
    from convnext_viz.data import DataSpec

TESTED = 200  # images on which rounding is tested
_SMALL = 32  # pixels: the image side of networks for CIFAR


def form_times(name: str, images: int) -> Callable[[], Iterator[Progress | ForwardTimes]]:
    """Both forms of a named network in turns; what its weights are does not change the time."""
    spec, (height, width) = subjects.spec_of(name), subjects.planned(name).image_size

    def work() -> Iterator[Progress | ForwardTimes]:
        import torch

        from convnext_viz import nets
        from convnext_viz.explain.inside.form_times import form_times as timed

        net = nets.build(spec, seed=0).eval().requires_grad_(False)
        draws = torch.Generator().manual_seed(0)
        yield from timed(net, spec, torch.rand(images, 3, height, width, generator=draws))

    return work


def eight_bits(name: str, images: str) -> Callable[[], Iterator[Progress | EightBitsCompared]]:
    """The network with rounded kernels on a set of test images."""
    spec, (net, how) = subjects.spec_of(name), subjects.network(name)
    photos = subjects.samples(name) if images == "samples" else None
    # An untrained network has no classes; a trained one has those of CIFAR-10.
    known = named_networks.is_trained(name) and images == "cifar10"

    def work() -> Iterator[Progress | EightBitsCompared]:
        import torch

        from convnext_viz.data import load, preprocess
        from convnext_viz.data.image_sets import dataset_images
        from convnext_viz.explain.inside import int8

        if photos is not None:
            yield from int8.eight_bits(net, spec, photos)
            return
        found = dataset_images(load(_data_spec(images)), TESTED)
        x = torch.cat([preprocess(found.read(place), how)[0] for place in range(len(found))])
        labels = torch.from_numpy(found.labels) if known else None
        yield from int8.eight_bits(net, spec, x, labels)

    return work


def test_images(name: str) -> str:
    """Which images a network is tested on: CIFAR-10's, drawn shapes, or the sample photos."""
    from convnext_viz.ui import lab

    if default_size(VARIANTS[name]) != _SMALL:
        return "samples"
    return "shapes" if lab.is_there(_data_spec("cifar10")) else "cifar10"


def _data_spec(images: str) -> "DataSpec":
    """The data set of that kind; of shapes no more than are looked at are drawn."""
    from convnext_viz.data import DataSpec

    if images == "shapes":
        return DataSpec(kind="shapes", train=100, test=TESTED)
    return DataSpec(kind="cifar10", train=2000, test=400)
