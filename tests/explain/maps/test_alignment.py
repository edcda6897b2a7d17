"""Maps are compared at the same stage and on the same part of the picture."""

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import preprocess
from convnext_viz.explain import agreement
from convnext_viz.explain.maps.alignment import Region, counterpart, on_common_ground, region
from convnext_viz.nets import Preprocess
from convnext_viz.results import Attribution

FIVE = ("stem", "stage1", "stage2", "stage3", "stage4")
FOUR = FIVE[:-1]


@pytest.mark.parametrize(
    ("stage", "stages", "other", "expected"),
    [
        ("stage3", FIVE, FOUR, "stage3"),  # by name, also where one ends there
        ("stage4", FIVE, FOUR, "stage3"),  # the last one stays the last one
        ("stage4", FIVE, ("stem", "stage1"), "stage1"),
        ("stage2", FIVE, ("stem", "a", "b", "c", "d", "e", "f"), "c"),  # half way
        ("stem", FIVE, ("first", "last"), "first"),
        ("stage4", FIVE, ("only",), "only"),
    ],
)
def test_the_same_stage_or_one_as_deep(
    stage: str, stages: tuple[str, ...], other: tuple[str, ...], expected: str
) -> None:
    assert counterpart(stage, stages, other) == expected


@pytest.mark.parametrize("mode", ["center", "squash"])
@pytest.mark.parametrize("fraction", [1.0, 0.875])
@pytest.mark.parametrize("size", [(300, 451), (451, 300), (224, 224), (50, 70)])
def test_the_region_is_what_preprocessing_shows(
    size: tuple[int, int], fraction: float, mode: str
) -> None:
    """A picture whose colours are its coordinates tells where the crop lies."""
    how = Preprocess(image_size=(96, 96), crop_fraction=fraction, crop_mode=mode)  # type: ignore[arg-type]
    rows, columns = np.mgrid[: size[0], : size[1]]
    values = np.zeros((*size, 3))
    values[..., 0] = (rows + 0.5) / size[0] * 255
    values[..., 1] = (columns + 0.5) / size[1] * 255
    _, shown = preprocess(Image.fromarray(np.rint(values).astype(np.uint8)), how)
    seen = np.asarray(shown).astype(float) / 255
    top, left, bottom, right = region(size, how)
    middle = slice(8, 88)  # away from the edges, where a resampling filter is cut off
    down = top + (np.arange(96) + 0.5) / 96 * (bottom - top)
    across = left + (np.arange(96) + 0.5) / 96 * (right - left)
    np.testing.assert_allclose(seen[middle, 48, 0], down[middle], atol=0.01)
    np.testing.assert_allclose(seen[48, middle, 1], across[middle], atol=0.01)


def of_plane(at: Region, shape: tuple[int, int]) -> Attribution:
    """The map of a net that answers with 3y + 2x + 1 at every place of the picture."""
    top, left, bottom, right = at
    y = top + (np.arange(shape[0]) + 0.5) / shape[0] * (bottom - top)
    x = left + (np.arange(shape[1]) + 0.5) / shape[1] * (right - left)
    return Attribution(
        method="grad_cam",
        stage="stage1",
        target=0,
        score=0.0,
        values=(3 * y[:, None] + 2 * x + 1).astype(np.float32),
        image_size=(32, 32),
        seconds=0.0,
    )


def test_maps_of_different_crops_agree_where_they_see_the_same() -> None:
    regions = ((0.0, 0.0, 1.0, 1.0), (0.2, 0.1, 0.9, 0.7), (0.1, 0.2, 0.8, 0.8))
    maps = [of_plane(at, shape) for at, shape in zip(regions, ((30, 40), (14, 14), (7, 9)),
                                                     strict=True)]  # fmt: skip
    aligned = on_common_ground(maps, regions)
    assert len({one.values.shape for one in aligned}) == 1
    rows, columns = aligned[0].values.shape
    y = 0.2 + (np.arange(rows) + 0.5) / rows * 0.6
    x = 0.2 + (np.arange(columns) + 0.5) / columns * 0.5
    for one in aligned[:2]:  # away from a map's outermost middles a plane is read exactly
        expected = 3 * y[:, None] + 2 * x + 1
        np.testing.assert_allclose(one.values[1:-1, 1:-1], expected[1:-1, 1:-1], atol=1e-5)
    np.testing.assert_allclose(agreement(aligned), 1, atol=0.02)


def test_maps_of_one_crop_stay_as_they_are() -> None:
    maps = [of_plane((0, 0, 1, 1), shape) for shape in ((4, 4), (7, 7))]
    assert on_common_ground(maps, [(0.0, 0.0, 1.0, 1.0)] * 2) == tuple(maps)


def test_a_map_of_a_single_cell_is_read_as_flat() -> None:
    maps = [of_plane((0, 0, 1, 1), (1, 1)), of_plane((0, 0, 0.5, 1), (6, 6))]
    one, _ = on_common_ground(maps, [(0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.5, 1.0)])
    assert np.ptp(one.values) == 0 and one.values.shape == (6, 6)
