"""Plans as rows and files, and blocks that fold."""

import csv
import json

import pytest

from convnext_viz.plans import plan
from convnext_viz.plans.fold import fold
from convnext_viz.plans.table import COLUMNS, rows, to_csv, to_json
from convnext_viz.specs import VARIANTS, from_dict

NAMES = ["convnext_tiny", "convnextv2_atto", "resnet50", "convnext_iso_small", "cifar_bn_relu"]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_hold_the_whole_plan(name: str) -> None:
    full = plan(VARIANTS[name], 64)
    table = list(csv.DictReader(to_csv(full).splitlines()))
    data = json.loads(to_json(full))
    assert list(table[0]) == list(COLUMNS)
    assert [row["name"] for row in table] == [layer.name for layer in full.layers]
    for quantity in ("params", "macs", "out_elements"):
        total = getattr(full, quantity)
        assert sum(int(row[quantity]) for row in table) == total
        assert sum(stage[quantity] for stage in data["stages"]) == data[quantity] == total
    assert from_dict(data["spec"]) == VARIANTS[name]
    assert data["layers"] == rows(full)


@pytest.mark.parametrize(
    ("name", "stage", "folds"),
    [
        ("convnext_tiny", "stage3", [(0, 9)]),
        ("resnet50", "stage3", [(0, 1), (1, 5)]),  # the first one strides and projects
        ("convnext_tiny", "stem", []),
        ("swin_tiny_patch4_window7_224", "stage3", [(0, 3), (1, 3)]),  # every second one shifts
        ("swin_tiny_patch4_window7_224", "stage1", [(0, 1), (1, 1)]),
        # Layers 2, 4, … 26 have groups, counted from the stem: block 2 of stage 1 is layer 2.
        ("repvgg_b1g4", "stage3", [(0, 1), (1, 8), (2, 7)]),
    ],
)
def test_alike_blocks_fold(name: str, stage: str, folds: list[tuple[int, int]]) -> None:
    found = fold(plan(VARIANTS[name]).stage(stage))
    assert [(one.index, one.count) for one in found] == folds


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_a_fold_stands_for_blocks_of_equal_cost(name: str) -> None:
    for stage in plan(VARIANTS[name]).stages:
        folds = fold(stage)
        places = sorted(place for one in folds for place in one.places)
        assert places == list(range(len(stage.blocks)))
        for one in folds:
            alike = [stage.blocks[place] for place in one.places]
            assert {(block.params, block.macs) for block in alike} == {
                (one.first.params, one.first.macs)
            }
