"""A network of one's own on the Explain page: what its file says, and the controls for the rest."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from convnext_viz.data import preprocess, sample_image
from convnext_viz.nets import Preprocess, Pretrained, build
from convnext_viz.nets.checkpoints.checkpoint import load_checkpoint
from convnext_viz.nets.weights import Assumption
from convnext_viz.numbers import percent
from convnext_viz.specs import CIFAR, Spec
from convnext_viz.text import t, use_language
from tests.explain.small_nets import frozen
from tests.pages.test_explain import choose, explains, give, opened, query, sound, text
from tests.pages.test_explain_subjects import told

SMALL = replace(CIFAR["cifar_ln_gelu"], depths=(1, 1, 1), dims=(8, 12, 16), num_classes=3)


def saved(whole: Any) -> bytes:
    file = io.BytesIO()
    torch.save(whole, file)
    return file.getvalue()


def uploaded(spec: Spec, beside: Mapping[str, Any] | None = None, **link: str) -> AppTest:
    """The page with the file of a network, and what else is in the file."""
    app = choose(opened(**link), "net_kind", "checkpoint")
    whole = {"state_dict": frozen(spec).state_dict(), **(beside or {})}
    return give(app, "my.pth", saved(whole), file="weights")


def control(app: AppTest, name: str) -> Any:
    """The one control of a visitor's network whose key begins so."""
    widgets = [*app.selectbox, *app.number_input, *app.text_input, *app.text_area]
    (found,) = (w for w in widgets if str(w.key).startswith(f"explain_{name}_"))
    return found


def share(spec: Spec, how: Preprocess, target: int = -1) -> str:
    """By hand: the largest probability, or that of a class, of the first sample photo."""
    x, _ = preprocess(sample_image("chelsea"), how)
    chances = frozen(spec)(x)[0].softmax(0)
    return percent(float(chances.max() if target < 0 else chances[target]))


def test_names_in_the_file_and_settings_of_the_visitor() -> None:
    app = uploaded(SMALL, {"class_to_idx": {"cat": 2, "ant": 0, "bee": 1}})
    assert explains(app) and not app.error
    assumed = Preprocess(image_size=(32, 32), crop_fraction=1.0)
    assert share(SMALL, assumed) in text(app)
    assert "32 × 32" in text(app) and t("explain_network.of_images.image_size") in text(app)

    for name, value in {"own_height": 48, "own_width": 40, "own_crop_mode": "squash"}.items():
        sound(control(app, name).set_value(value).run())
    sound(control(app, "own_norm").set_value("own").run())
    sound(control(app, "own_mean").set_value("0.4, 0.3, 0.2").run())
    sound(control(app, "own_std").set_value("0.5").run())
    how = Preprocess(
        mean=(0.4, 0.3, 0.2),
        std=(0.5, 0.5, 0.5),
        image_size=(48, 40),
        crop_fraction=1.0,
        crop_mode="squash",
    )
    assert share(SMALL, how) in text(app) and share(SMALL, how) != share(SMALL, assumed)
    link = query(app)
    assert link["height"] == "48" and link["mean"] == "0.4, 0.3, 0.2" and link["resize"] == "squash"
    sound(control(app, "own_std").set_value("0.5, x").run())
    assert [error.value for error in app.error] == [t("explain_network.numbers", count=3)]
    again = uploaded(SMALL, **link)  # the link's settings wait for the file
    assert share(SMALL, how) in text(again)


def test_one_output_is_a_sigmoid_on_the_page() -> None:
    spec = replace(SMALL, num_classes=1)
    app = uploaded(spec, {"class_to_idx": {"cat": 0, "dog": 1}})
    how = Preprocess(image_size=(32, 32), crop_fraction=1.0)
    x, _ = preprocess(sample_image("chelsea"), how)
    chance = float(frozen(spec)(x).sigmoid())
    first, second = ("dog", "cat") if chance > 0.5 else ("cat", "dog")
    assert f"**{first}**" in text(app) and percent(max(chance, 1 - chance)) in text(app)
    (box,) = (box for box in app.selectbox if box.key == "explain_class_of_2")
    assert box.options == [t("explain.pick.predicted"), first, second]
    assert not [box for box in app.selectbox if "against" in str(box.key)]
    sound(box.set_value(0 if second == "dog" else 1).run())
    assert percent(min(chance, 1 - chance)) in text(app)
    with use_language("zh"):
        assert f"**{'#0' if chance > 0.5 else '非 #0'}**" in text(uploaded(spec, lang="zh"))


def test_which_weights_and_what_was_assumed_can_be_changed(monkeypatch: Any) -> None:
    options = ("gelu", "relu")

    def two_networks(
        file: bytes, *, name: str, which: str | None, given: Mapping[str, Any]
    ) -> Pretrained:
        loaded = load_checkpoint(file, name=name, given=given)
        if given.get("norm_eps") == 1e-5:
            raise ValueError("no such network")
        return replace(
            loaded,
            found=("model_ema", "model"),
            taken=which or "model_ema",
            assumed=(
                *(
                    []
                    if "act" in given
                    else [Assumption(field="act", value="gelu", options=options)]
                ),
                Assumption(field="norm_eps", value=1e-6, options=(1e-6, 1e-5)),
            ),
            notes=("3 tensors of a projection head were left out.",),
        )

    monkeypatch.setattr("convnext_viz.nets.load_checkpoint", two_networks, raising=False)
    spec = replace(SMALL, depths=(1, 2, 1))
    app = uploaded(spec)
    how = Preprocess(image_size=(32, 32), crop_fraction=1.0)
    assert "model\\_ema" in text(app) and "projection head were left out" in text(app)
    assert t("architecture.field.act") in text(app) and share(spec, how) in text(app)
    sound(control(app, "own_which").set_value("model").run())
    assert t("explain_network.taken", taken="model") in text(app)
    sound(control(app, "own_spec_act").set_value("relu").run())
    other = share(replace(spec, act="relu"), how)
    assert other in text(app) and query(app)["net_act"] == "relu" and other != share(spec, how)
    sound(control(app, "own_spec_norm_eps").set_value(1e-5).run())
    assert len(app.error) == 1 and explains(app)  # said, and the usual one is shown
    sound(control(app, "own_spec_norm_eps").set_value(1e-6).run())
    assert not app.error and other in text(app)


def test_a_path_of_the_server_with_its_names_beside_it_and_four_channels(tmp_path: Path) -> None:
    spec = replace(SMALL, in_chans=4)
    file = tmp_path / "checkpoint-299.pth"
    file.write_bytes(saved({"model": build(spec, seed=0).state_dict()}))
    (tmp_path / "class_to_idx.json").write_text(json.dumps({"x": 0, "y": 1, "z": 2}))
    app = choose(opened(), "net_kind", "checkpoint")
    (path,) = (box for box in app.text_input if box.key == "explain_weights_path")
    sound(path.set_value(str(tmp_path / "nothing.pth")).run())
    assert len(app.error) == 1 and "nothing.pth" in app.error[0].value
    sound(path.set_value(str(file)).run())
    assert explains(app) and not app.error
    assert t("explain_network.channels.alpha") in text(app)
    (box,) = (box for box in app.selectbox if box.key == "explain_class_of_3")
    assert set(box.options[1:]) == {"x", "y", "z"}
    assert "tmp" not in str(query(app)) and query(app)["net"] == "own"
    choose(app, "view", "features")
    choose(app, "part", "kernels")
    choose(app, "features_stage_of_4", "stem")
    assert not app.error and t("explain_features.patches.first_three", channels=4) in text(app)


def test_a_zip_of_labelled_images_is_scored_with_the_mistakes_first() -> None:
    spec = replace(SMALL, num_classes=2)
    generator = np.random.default_rng(0)
    archive, said = io.BytesIO(), []
    with zipfile.ZipFile(archive, "w") as out:
        for place in range(10):
            image = Image.fromarray(generator.integers(0, 256, (32, 32, 3), dtype=np.uint8))
            file = io.BytesIO()
            image.save(file, "PNG")
            out.writestr(f"set/val/{'ab'[place // 5]}/{place}.png", file.getvalue())
            x, _ = preprocess(image, Preprocess(image_size=(32, 32), crop_fraction=1.0))
            said.append(int(frozen(spec)(x).argmax()))
        out.writestr("set/val/a/notes.txt", b"no image")
        out.writestr("__MACOSX/set/val/a/._0.png", b"no image")
    right = sum(target == place // 5 for place, target in enumerate(said))
    app = choose(uploaded(spec), "picture_kind", "test")
    choose(app, "set", "zip")
    assert t("explain_network.set.zip_hint") in text(app)
    give(app, "set.zip", archive.getvalue(), file="set_zip")
    assert t("explain_network.set.by_order") in text(app)
    words = t("explain_network.set.score", share=percent(right / 10), count=10)
    told(app, words)
    assert t("explain_network.set.skipped", count=1) in text(app)
    (strip,) = (box for box in app.selectbox if box.key == "explain_index")
    wrong = [place for place, target in enumerate(said) if target != place // 5]
    first = {one.split()[0] for one in strip.options[: len(wrong)]}
    assert first == {f"#{place + (place > 4)}" for place in wrong}  # notes.txt is number 5
    give(app, "set.zip", b"PK nothing", file="set_zip")
    assert len(app.error) == 1 and "set.zip" in app.error[0].value


@pytest.mark.parametrize("name", ["config.json", "names.txt"])
def test_files_beside_the_weights_are_read_with_them(name: str) -> None:
    given = {
        "config.json": json.dumps(
            {"pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 1.0, "mean": [0.5] * 3,
             "std": [0.5] * 3, "interpolation": "bilinear"}, "label_names": ["p", "q", "r"]}
        ),
        "names.txt": "p\nq\nr\n",
    }[name]  # fmt: skip
    app = choose(opened(), "net_kind", "checkpoint")
    (widget,) = (one for one in app.file_uploader if one.key == "explain_weights")
    data = saved(frozen(SMALL).state_dict())
    sound(widget.set_value([("my.pth", data, "x/y"), (name, given.encode(), "x/y")]).run())
    assert explains(app) and not app.error
    (box,) = (box for box in app.selectbox if box.key == "explain_class_of_3")
    assert set(box.options[1:]) == {"p", "q", "r"}
    stated = Preprocess(
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        image_size=(64, 64),
        crop_fraction=1.0,
        interpolation="bilinear",
    )
    plain = Preprocess(image_size=(32, 32), crop_fraction=1.0)
    assert share(SMALL, stated if name == "config.json" else plain) in text(app)
