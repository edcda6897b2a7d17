"""The set-up of Train in its link, which a teacher sends; nothing of a stranger on the page."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab
from convnext_viz.text import LANGUAGES, use_language
from convnext_viz.train import Experiment, Recipe, grid
from convnext_viz.ui.run_titles import stored_name, title
from convnext_viz.ui.train import exports
from tests.pages.train_page import TINY, opened, own_lab
from tests.pages.visits import quiet
from tests.ui.history import go_back, link_of

LINK = {
    "net": "small",
    "norm": "layer",
    "act": "relu,silu",
    "kernel_size": "3,7",
    "layer_scale": "off,0.1",
    "depths": "1-1-3,2-2-6",
    "grn": "on",
    "data": "cifar10",
    "images": "10000",
    "preset": "coffee",
    "minutes": "20",
    "seeds": "4",
    "optimizer": "sgd",
    "lr": "0.05",
    "epochs": "9",
    "flip": "False",
    "beta2": "0.99",
}
SHOWN = {
    "train_base": "small",
    "train_small_norm": ["layer"],
    "train_small_act": ["relu", "silu"],
    "train_small_kernel_size": [3, 7],
    "train_small_layer_scale": [None, 0.1],
    "train_small_depths": [(1, 1, 3), (2, 2, 6)],
    "train_small_grn": [True],
    "train_data": "cifar10",
    "train_pictures": 10000,
    "train_preset": "coffee",
    "train_minutes": 20.0,
    "train_seeds": 4,
    "train_optimizer": "sgd",
    "train_lr": 0.05,
    "train_epochs": 9.0,
    "train_batch_size": 128,  # the preset's
    "train_warmup_epochs": 1.5,
    "train_flip": False,
    "train_beta2": 0.99,
}


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from own_lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes, 12 + 4 images each."""
    root = tmp_path_factory.mktemp("nobodys-business") / "pets"
    draw = np.random.default_rng(0)
    for half, count in (("train", 12), ("test", 4)):
        for name in ("cat", "dog"):
            (root / half / name).mkdir(parents=True)
            for i in range(count):
                pixels = draw.integers(0, 255, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / half / name / f"{i}.png")
    return root


def shown(app: AppTest) -> dict[str, object]:
    return {name: app.session_state[name] for name in SHOWN}


def drawn(node: Any) -> str:
    """All that stands in a page's elements."""
    if hasattr(node, "children"):
        return "".join(map(drawn, node.children.values()))
    return f"{node.proto}{getattr(node, 'value', '')}"


def test_a_link_opens_the_whole_set_up_and_says_the_same_again() -> None:
    app = opened(**LINK)
    assert not app.exception and shown(app) == SHOWN
    assert link_of(app) == LINK
    app.run()
    assert link_of(app) == LINK
    go_back(app, {"norm": "batch,rms"})
    assert app.session_state["train_base"] == "mini" and link_of(app) == {"norm": "batch,rms"}
    assert app.session_state["train_mini_norm"] == ["batch", "rms"]
    assert app.number_input(key="train_epochs").value == 8
    go_back(app, LINK)
    assert shown(app) == SHOWN and link_of(app) == LINK


def test_what_is_chosen_goes_into_the_link_and_a_default_does_not() -> None:
    app = quiet(opened())
    assert link_of(app) == {}
    app.segmented_control(key="train_preset").set_value("overnight").run()
    assert link_of(app) == {"preset": "overnight"}  # with all that it sets
    app.button_group(key="train_mini_norm").set_value([]).run()
    assert link_of(quiet(app)) == {"preset": "overnight", "norm": "layer"}  # the base's own
    app.segmented_control(key="train_preset").set_value("two_minutes").run()
    app.button_group(key="train_mini_norm").set_value(["batch", "layer"]).run()
    assert link_of(app) == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_link_asks_wrongly_is_refused_in_words(lang: str) -> None:
    bad = {"net": "tiny", "norm": "layer,none", "lr": "fast", "seeds": "1000", "minutes": "-1"}
    app = opened(**bad, data="folder/etc", images="7", lang=lang)
    assert not app.exception and not app.error
    said = " ".join(warning.value for warning in app.warning)
    names = {
        "en": ["Base network", "Norm", "Learning rate", "Seeds", "Minutes", "Images", "Training"],
        "zh": ["基准网络", "归一化", "学习率", "随机种子数", "分钟", "图片", "训练图片数"],
    }
    assert len(app.warning) == len(names[lang])
    assert all(name in said for name in names[lang])
    assert link_of(app) == {"norm": "layer"}  # what is possible of it


def test_another_visitors_set_up_is_nobodys_default(lab: Lab, folder: Path) -> None:
    first = quiet(opened(data="folder"))
    quiet(first.text_input(key="train_path").set_value(str(folder)).run())
    first.button_group(key="train_mini_act").set_value(["silu"]).run()
    assert lab.remembered().path == str(folder)  # its workers know it
    assert link_of(first) == {"act": "silu", "data": "folder"}  # the folder is in no link
    second = quiet(opened())
    assert second.selectbox(key="train_data").value == "shapes" and link_of(second) == {}
    second.selectbox(key="train_data").set_value("folder").run()
    assert second.text_input(key="train_path").value == ""
    assert str(folder.parent) not in drawn(second.main)
    assert str(folder.parent) in drawn(first.main)  # or the line above would say nothing


def test_who_opens_a_link_with_a_folder_reads_that_it_is_not_in_it(folder: Path) -> None:
    app = quiet(opened(data="folder"))
    assert ["sender of this link" in info.value for info in app.info] == [True]
    app.run()
    assert ["sender of this link" in info.value for info in app.info] == [True]
    app.text_input(key="train_path").set_value(str(folder)).run()
    app.text_input(key="train_path").set_value("").run()
    assert [info.value for info in quiet(app).info if "sender" in info.value] == []


def test_a_folder_says_what_is_in_it(folder: Path) -> None:
    app = opened(data="folder")
    quiet(app.text_input(key="train_path").set_value(str(folder)).run())
    assert ["2 classes, 24 + 8 images" in text.value for text in app.caption].count(True) == 1
    (warning,) = app.warning
    assert "only 8 images" in warning.value and "12.5 percentage points" in warning.value
    assert not [one for one in app.select_slider if one.key == "train_pictures"]  # no choice
    assert [button.key for button in app.button].count("train_start") == 1


def test_what_was_made_of_a_folder_and_what_was_left_out_is_said(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("cat", "dog"):
        shutil.copytree(folder / "train" / name, tmp_path / name)
    (tmp_path / "cat/IMG_7.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (tmp_path / "dog/words.jpg").write_bytes(b"words")
    for language, told in (
        ("en", "2 of 26 files could not be read as images"),
        ("zh", "26 个文件中有 2 个无法作为图片读取"),
    ):
        with use_language(language):
            app = opened(data="folder", lang=language)
            quiet(app.text_input(key="train_path").set_value(f'"{tmp_path}"').run())
            assert [told in one.value for one in app.warning].count(True) == 1
            listed = "\n".join(one.value for one in app.text)
            assert "cat/IMG_7.HEIC" in listed and "dog/words.jpg" in listed
    assert any("24 张图片中留出 4 张用于测试" in one.value for one in app.caption)


def test_a_run_on_a_folder_shows_others_its_last_name(lab: Lab, folder: Path) -> None:
    arms = grid(replace(TINY, num_classes=2), {"norm": ["batch", "layer"]})
    data = DataSpec(kind="folder", path=str(folder))
    asked = Experiment(name=stored_name(arms), arms=arms, data=data, recipe=Recipe(epochs=1))
    run = lab.submit(asked)
    lab.stop(run)
    with lab.store.writing() as db:
        db.execute("UPDATE runs SET message = ? WHERE id = ?", (f"{folder}/x is broken", run))
    app = opened(run=run, panel="facts")
    assert ["pets/x is broken" in error.value.replace("\\", "") for error in app.error] == [True]
    listed = quiet(opened(view="shelf"))
    assert listed.dataframe[0].value["Data"].iloc[0] == "folder “pets”"
    clone = app.button(key="train_clone").click().run()
    assert clone.selectbox(key="train_data").value == "folder"
    assert clone.text_input(key="train_path").value == ""
    assert any("could not be copied" in text.value for text in clone.warning)
    for page in (app, listed, clone):
        assert str(folder.parent) not in drawn(page.main)
    document = json.loads(exports.run_json(run))
    assert document["experiment"]["data"]["path"] == "pets"
    lab.delete(run)


def test_titles_tell_runs_apart_in_both_languages(lab: Lab) -> None:
    arms = grid(TINY, {"norm": ["batch"]})
    run = lab.submit(Experiment(name="my own", arms=arms, recipe=Recipe(epochs=1)))
    lab.stop(run)
    status = lab.status(run)
    assert title(status) == "my own"
    from convnext_viz.ui.factors import BASES

    def automatic(epochs: float, data: DataSpec, seeds: tuple[int, ...]) -> str:
        base = grid(BASES["mini"], {"norm": ["batch", "layer"], "act": ["relu", "gelu"]})
        recipe = Recipe(epochs=epochs)
        given = Experiment(name=stored_name(base), arms=base, data=data, recipe=recipe, seeds=seeds)
        return title(replace(status, name=given.name, experiment=given))

    shapes, cifar = DataSpec(), DataSpec(kind="cifar10")
    assert automatic(8, shapes, (0, 1, 2)) == (
        "Mini: Norm × Activation, drawn shapes, 8 epochs, 3 seeds"
    )
    assert automatic(1, cifar, (0,)) == "Mini: Norm × Activation, CIFAR-10, 1 epoch, 1 seed"
    with use_language("zh"):
        said = automatic(8, shapes, (0, 1, 2))
    assert said == "迷你网络：归一化 × 激活函数，程序绘制的形状，8 轮，3 个种子"
    lab.delete(run)
