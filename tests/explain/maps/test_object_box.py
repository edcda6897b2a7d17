"""A box around the object: its share of a map, and what covering it does, against closed forms."""

import re
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnext_viz.explain import box_test, share_inside
from convnext_viz.results import Attribution, Box
from convnext_viz.text import LANGUAGES, t, use_language
from tests.explain.small_nets import SPECS, frozen, picture

RANDOM = np.random.default_rng(0)
EVERYWHERE = Box(top=0, left=0, bottom=8, right=8)


def mapped(values: object, size: tuple[int, int] = (8, 8), **more: object) -> Attribution:
    given = {"method": "grad_cam", "stage": "stem", "target": 0, "score": 1.0, "seconds": 0.0}
    held = np.asarray(values, dtype=np.float32)
    return Attribution(**given | {"values": held, "image_size": size} | more)  # type: ignore[arg-type]


def by_pixels(found: Attribution, box: Box) -> float:
    """The share by counting: every cell is spread evenly over its pixels."""
    height, width = found.image_size
    rows, columns = found.values.shape
    evidence = np.maximum(found.values.astype(float), 0)
    pixels = np.kron(evidence, np.ones((height // rows, width // columns)))
    return float(pixels[box.top : box.bottom, box.left : box.right].sum() / pixels.sum())


def linear_net(outputs: int = 2) -> nn.Sequential:
    """The first logit is a weighted sum of all pixels of three channels, the others are 0."""
    head = nn.Sequential(
        OrderedDict(flatten=nn.Flatten(), fc=nn.Linear(3 * 64, outputs, bias=False))
    )
    with torch.no_grad():
        head.fc.weight.zero_()
        head.fc.weight[0] = torch.from_numpy(RANDOM.normal(size=3 * 64) / 5)
    stem = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))
    with torch.no_grad():
        stem[0].weight.copy_(torch.eye(3)[:, :, None, None])
    return nn.Sequential(OrderedDict(stem=stem, head=head)).eval().requires_grad_(False)


def noise(seed: int = 0) -> Tensor:
    return torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("cells", [(1, 1), (2, 2), (3, 5), (8, 8)])
@pytest.mark.parametrize("edges", [(0, 0, 4, 4), (1, 2, 6, 7), (3, 3, 4, 4), (0, 0, 8, 8)])
def test_a_map_without_preference_has_the_boxs_own_share_of_the_area(
    cells: tuple[int, int], edges: tuple[int, int, int, int]
) -> None:
    top, left, bottom, right = edges
    box = Box(top=top, left=left, bottom=bottom, right=right)
    share = share_inside(mapped(np.full(cells, 0.3)), box)
    assert share == pytest.approx((bottom - top) * (right - left) / 64)


def test_a_map_of_one_cell_is_in_the_box_by_the_part_that_the_box_covers() -> None:
    found = mapped(np.eye(1, 16, 5).reshape(4, 4))  # row 1, column 1: pixels 2 and 3
    for edges, share in {
        (2, 2, 4, 4): 1.0,
        (2, 2, 3, 4): 0.5,
        (3, 3, 8, 8): 0.25,
        (0, 0, 2, 8): 0.0,
        (4, 0, 8, 8): 0.0,
    }.items():
        top, left, bottom, right = edges
        box = Box(top=top, left=left, bottom=bottom, right=right)
        assert share_inside(found, box) == pytest.approx(share), edges


@pytest.mark.parametrize("seed", range(5))
def test_cells_that_a_box_cuts_count_by_their_pixels(seed: int) -> None:
    gen = np.random.default_rng(seed)
    found = mapped(gen.normal(size=(3, 4)), (12, 20))
    top, left = gen.integers(0, 11), gen.integers(0, 19)
    bottom, right = gen.integers(top + 1, 13), gen.integers(left + 1, 21)
    box = Box(top=int(top), left=int(left), bottom=int(bottom), right=int(right))
    assert share_inside(found, box) == pytest.approx(by_pixels(found, box))


def test_boxes_side_by_side_share_the_map_though_cells_and_pixels_do_not_match() -> None:
    found = mapped(RANDOM.random((7, 7)), (8, 8))  # a cell is 8/7 pixels
    columns = [Box(top=0, left=i, bottom=8, right=i + 1) for i in range(8)]
    assert sum(share_inside(found, one) for one in columns) == pytest.approx(1)


def test_evidence_against_the_class_is_no_evidence() -> None:
    left = Box(top=0, left=0, bottom=8, right=4)
    assert share_inside(mapped([[1.0, -5.0]]), left) == 1
    assert share_inside(mapped([[1.0, 3.0], [-1.0, -3.0]]), left) == pytest.approx(0.25)


@pytest.mark.parametrize("values", [[[0.0, 0.0]], [[-1.0, -2.0]]])
def test_a_map_that_shows_nothing_has_no_share(values: object) -> None:
    assert np.isnan(share_inside(mapped(values), Box(top=0, left=0, bottom=8, right=4)))
    noisy = mapped([[1e-9, 2e-9]], nothing="cancelled")
    assert np.isnan(share_inside(noisy, Box(top=0, left=0, bottom=8, right=4)))


def test_what_reaches_beyond_the_picture_is_cut_off() -> None:
    found = mapped(RANDOM.random((4, 4)))
    large = Box(top=-5, left=2, bottom=6, right=99)
    inside = Box(top=0, left=2, bottom=6, right=8)
    assert share_inside(found, large) == share_inside(found, inside)
    assert box_test(linear_net(), noise(), found, large).box == inside


def test_the_three_probabilities_are_those_of_pictures_covered_by_hand() -> None:
    net, x = linear_net(), noise()
    box = Box(top=2, left=1, bottom=5, right=7)
    found = box_test(net, x, mapped(RANDOM.random((4, 4))), box)
    weight = net.head.fc.weight[0].double().numpy().reshape(3, 8, 8)
    whole = x[0].double().numpy()
    inside = np.zeros((8, 8), dtype=bool)
    inside[2:5, 1:7] = True
    without, alone = whole.copy(), whole.copy()
    for channel in range(3):
        without[channel][inside] = whole[channel][~inside].mean()
        alone[channel][~inside] = whole[channel][inside].mean()
    for said, covered in (
        (found.probability, whole),
        (found.without, without),
        (found.alone, alone),
    ):
        assert said == pytest.approx(1 / (1 + np.exp(-(weight * covered).sum())), abs=1e-6)
    assert len({found.probability, found.without, found.alone}) == 3
    assert found.area == pytest.approx(18 / 64) and found.box == box


def test_it_is_about_the_class_of_the_map() -> None:
    net, x, box = linear_net(), noise(), Box(top=2, left=1, bottom=5, right=7)
    first, second = (box_test(net, x, mapped([[1.0]], target=i), box) for i in (0, 1))
    assert first.probability + second.probability == pytest.approx(1)
    assert first.without + second.without == pytest.approx(1)


def test_one_output_tells_two_classes_apart() -> None:
    net, x = linear_net(outputs=1), noise()
    box = Box(top=0, left=0, bottom=4, right=8)
    first, second = (box_test(net, x, mapped([[1.0]], target=i), box) for i in (0, 1))
    assert first.probability == pytest.approx(float(net(x).sigmoid()), abs=1e-6)
    assert first.alone + second.alone == pytest.approx(1)


@pytest.mark.parametrize("kind", SPECS)
def test_every_kind_of_network_is_asked_as_it_stands(kind: str) -> None:
    net, x = frozen(SPECS[kind]), picture(SPECS[kind])
    before = x.clone()
    found = box_test(
        net, x, mapped(np.ones((2, 2)), (64, 64)), Box(top=9, left=8, bottom=40, right=41)
    )
    assert found.probability == pytest.approx(float(net(x).softmax(1)[0, 0]), rel=1e-3)
    assert found.share == pytest.approx(found.area)
    assert torch.equal(x, before)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_box_that_covers_nothing_or_everything_is_said_in_words(code: str) -> None:
    net, x, found = linear_net(), noise(), mapped([[1.0]])
    with use_language(code):
        for edges in ((0, 0, 0, 8), (5, 5, 4, 8), (8, 0, 20, 8), (-4, -4, 0, 0)):
            top, left, bottom, right = edges
            empty = Box(top=top, left=left, bottom=bottom, right=right)
            with pytest.raises(ValueError, match="8×8"):
                share_inside(found, empty)
            with pytest.raises(ValueError, match="8×8"):
                box_test(net, x, found, empty)
        assert share_inside(found, EVERYWHERE) == 1
        with pytest.raises(ValueError, match="whole image" if code == "en" else "整"):
            box_test(net, x, found, EVERYWHERE)


def test_the_usual_refusals_are_made_here_too() -> None:
    net, x, box = linear_net(), noise(), Box(top=0, left=0, bottom=4, right=4)
    cases = [
        (net, x, mapped([[1.0]], target=2), t("explain.error.target", target=2, last=1)),
        (net, x[:, :1], mapped([[1.0]]), "(1, 1, 8, 8)"),
        (linear_net().train(), x, mapped([[1.0]]), t("explain.error.train_mode")),
    ]
    for given, image, found, said in cases:
        with pytest.raises(ValueError, match=re.escape(said)):
            box_test(given, image, found, box)
