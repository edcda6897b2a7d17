"""The Train page speaks of settings and data in words, never in a field's name."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data.sources import Kind
from convnext_viz.lab import Lab, recorded
from convnext_viz.specs import FAMILIES
from convnext_viz.text import LANGUAGES, t, use_language
from convnext_viz.ui.train import fields, setup
from tests.pages.train_page import own_lab
from tests.pages.visits import WAIT

IDENTIFIER = re.compile(r"[a-z]+[._][a-z_]+")  # kernel_size, data.kind


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from own_lab(tmp_path_factory.mktemp("lab"))


def compared(code: str) -> None:
    """A script: the two runs of one network of the package side by side."""
    from convnext_viz.lab import recorded
    from convnext_viz.text import use_language
    from convnext_viz.ui.train import compare

    with use_language(code):
        compare.show([run for run in recorded.read()[0] if run.id != "recorded-families"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_two_runs_differ_in_words(code: str) -> None:
    app = AppTest.from_function(compared, args=(code,), default_timeout=WAIT).run()
    assert not app.exception, app.exception
    table = app.dataframe[0].value
    with use_language(code):
        rows = dict(zip(table[t("train_page.table.field")], table["R2"], strict=True))
        assert len(rows) == len(table)  # no two settings have one name
        assert rows[t("architecture.field.kernel_size")] == "3 | 5 | 7"
        assert rows[t("architecture.field.norm")] == "LayerNorm"
        assert rows[t("train_page.data_field.train")] == "20000"
        assert t("train_page.data_field.all") in set(table["R3"])
    assert not [field for field in rows if IDENTIFIER.search(field)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_setting_and_every_kind_of_data_has_a_name(code: str) -> None:
    with use_language(code):
        kinds = [fields.value("data.kind", kind) for kind in get_args(Kind)]
        assert len(set(kinds)) == len(kinds) and not set(kinds) & {"shapes", "folder", "batches"}
        for family in FAMILIES.values():
            base = family.bases[0]
            for factor in family.factors:
                assert fields.name(f"net.{factor}") != f"net.{factor}"
                assert t(f"train_page.factor_says.{family.key}.{factor}")
                shown = [setup._shown(base, factor, one) for one in setup._options(base, factor)]
                assert len(set(shown)) == len(shown)
                assert not [word for word in shown if IDENTIFIER.search(word)]
    assert fields.name("environment.of_tomorrow") == "environment.of_tomorrow"


def test_values_are_words_where_there_are_some() -> None:
    assert fields.value("net.act", "gelu_tanh") == "GELU (tanh)"
    assert fields.value("net.name", "small") == "Small"
    assert fields.value("net.depths", [1, 1, 3]) == "1, 1, 3"
    assert fields.value("recipe.optimizer", "adamw") == "AdamW"
    assert fields.value("recipe.lr", 0.0012345678) == "0.0012345678"  # nothing is rounded away
    assert fields.value("net.head_hidden", None) == "–"
    with use_language("zh"):
        assert fields.value("net.grn", given=False) == "关"
        assert fields.value("data.kind", "shapes") == "程序绘制的形状（10 类）"


def test_the_data_of_our_recordings_have_a_chinese_name() -> None:
    for run in recorded.read()[0]:
        assert fields.pictures(run).startswith("CIFAR-10 (")
        with use_language("zh"):
            assert fields.pictures(run) == "CIFAR-10（图片经 JPEG 重新编码）"
