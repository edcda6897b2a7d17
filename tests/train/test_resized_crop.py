"""Random resized crops: torchvision's boxes, and torchvision's pictures of them."""

import pytest
import torch
from scipy.stats import ks_2samp
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms.functional import resized_crop

from convnext_viz.train.resized_crop import crop_boxes, cropped


@pytest.mark.parametrize(("height", "width"), [(32, 32), (20, 60)])
@pytest.mark.parametrize("smallest", [0.08, 0.35, 0.9])
def test_boxes_are_distributed_as_torchvisions(height: int, width: int, smallest: float) -> None:
    torch.manual_seed(0)
    blank = torch.empty(3, height, width)
    ratios = [3 / 4, 4 / 3]
    theirs = torch.tensor(
        [RandomResizedCrop.get_params(blank, [smallest, 1.0], ratios) for _ in range(3000)]
    )
    ours = crop_boxes(3000, height, width, smallest=smallest, gen=torch.Generator().manual_seed(1))
    for of_ours, of_theirs in zip(ours.unbind(1), theirs.unbind(1), strict=True):
        assert ks_2samp(of_ours.numpy(), of_theirs.numpy()).pvalue > 1e-3
    top, left, tall, wide = ours.unbind(1)
    assert bool(((top >= 0) & (left >= 0) & (tall > 0) & (wide > 0)).all())
    assert bool(((top + tall <= height) & (left + wide <= width)).all())


def test_a_box_at_full_size_is_torchvisions_resized_crop() -> None:
    gen = torch.Generator().manual_seed(2)
    images = torch.randint(0, 256, (12, 3, 24, 36), generator=gen, dtype=torch.uint8)
    boxes = crop_boxes(12, 24, 36, smallest=0.1, gen=gen)
    ours = cropped(images, boxes)
    assert ours.is_contiguous(memory_format=torch.channels_last) and ours.dtype == torch.uint8
    for image, box, mine in zip(images, boxes.tolist(), ours, strict=True):
        for antialias in (False, True):  # nothing shrinks
            theirs = resized_crop(
                image.float(), *box, [24, 36], InterpolationMode.BILINEAR, antialias
            )
            assert float((mine.float() - theirs).abs().max()) <= 0.51
