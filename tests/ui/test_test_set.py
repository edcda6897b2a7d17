"""The test images of a page: what a network takes them for, in one batch, once for all visitors."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import numpy as np
import pytest
import torch
from PIL import Image

from convnext_viz.data import preprocess
from convnext_viz.data.image_sets import ImageSet
from convnext_viz.data.images import ImageError
from convnext_viz.nets import BUNDLED, Pretrained, load_bundled
from convnext_viz.ui.explain.subject.test_set import taken_for

BROKEN = 5


@pytest.fixture(scope="module")
def pretrained() -> Pretrained:
    return load_bundled(BUNDLED[0])


class Pictures:
    """Twenty of noise, one of them no picture; ``read`` says which were read."""

    def __init__(self) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
        self.images = [Image.fromarray(one) for one in noise]
        self.read: list[int] = []
        self.set = ImageSet(tuple(map(str, range(20))), self._read, key=uuid4().hex)

    def _read(self, place: int) -> Image.Image:
        self.read.append(place)
        if place == BROKEN:
            raise ImageError("broken")
        return self.images[place]


def test_each_answer_is_the_one_that_the_picture_gets_alone(pretrained: Pretrained) -> None:
    pictures = Pictures()
    said = taken_for(pictures.set, range(3, 9), "net", pretrained)
    assert set(said) == set(range(3, 9)) - {BROKEN}
    for place, (target, share) in said.items():
        with torch.inference_mode():
            logits = pretrained.net(preprocess(pictures.images[place], pretrained.preprocess)[0])[0]
        assert target == int(logits.argmax())
        assert share == pytest.approx(float(logits.softmax(0).max()), rel=1e-4)


def test_a_page_is_one_pass_and_nothing_is_classified_twice(pretrained: Pretrained) -> None:
    pictures, passes = Pictures(), []
    hook = pretrained.net.register_forward_hook(lambda *_: passes.append(1))
    try:
        with ThreadPoolExecutor(8) as visitors:
            pages = visitors.map(
                lambda _: taken_for(pictures.set, range(12), "net", pretrained), range(8)
            )
            first, *others = pages
            assert all(page == first for page in others)
        taken_for(pictures.set, range(6, 18), "net", pretrained)
    finally:
        hook.remove()
    assert len(passes) == 2  # twelve, and six more
    assert sorted(pictures.read) == list(range(18))
