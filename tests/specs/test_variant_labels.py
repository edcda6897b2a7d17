"""Labels of variants are said in words; what an author wrote stays."""

import pytest

from convnext_viz.specs import FAMILIES
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import LANGUAGES, use_language
from convnext_viz.train import grid


@pytest.mark.parametrize(
    ("label", "en", "zh"),
    [
        ("LN · kernel_size 3", "LN · Kernel size 3", "LN · 卷积核大小 3"),
        ("kernel_size 3,5,7", "Kernel size 3,5,7", "卷积核大小 3,5,7"),
        ("grn True", "GRN on", "GRN 开"),
        ("layer_scale None", "Layer scale off", "层缩放（LayerScale） 关"),
        ("expansion 4.0", "Expansion 4", "扩展倍数 4"),
        ("norm_eps 1e-05", "Epsilon of the norms 1e-05", "归一化的 ε 1e-05"),
        ("my own name", "my own name", "my own name"),
        ("kernel_size", "kernel_size", "kernel_size"),
        ("", "", ""),
    ],
)
def test_a_stored_label_is_said_in_words(label: str, en: str, zh: str) -> None:
    assert shown(label) == en
    with use_language("zh"):
        assert shown(label) == zh


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_label_of_a_grid_shows_a_fields_name(code: str) -> None:
    for family in FAMILIES.values():
        base = family.bases[0]
        for factor in family.factors:
            if factor in ("depths", "dims"):
                continue  # multiples of the base's own
            for value in family.factors[factor]:
                try:
                    (arm,) = grid(base, {factor: [value]})
                except ValueError:
                    continue  # no network
                with use_language(code):
                    assert "_" not in shown(arm.label) and "True" not in shown(arm.label)
