"""Feature maps, kernels and fields on the Explain page as a visitor's script runs."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.nets import build, load_bundled, save_net
from convnext_viz.plans import plan
from convnext_viz.specs import CIFAR
from convnext_viz.text import t, use_language
from convnext_viz.ui.explain import state
from tests.pages.test_explain import choose, give, opened, query, sound, text

LONG = 60  # seconds until a job must be there, on a busy machine


@pytest.fixture(autouse=True)
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The visitor's own empty lab."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))
    return tmp_path


def charts(app: AppTest, name: str) -> int:
    return sum(key.startswith(state.key(name)) for key in keys(app))


def keys(app: AppTest) -> list[str]:
    return [element.proto.id.split("-")[-1] for element in app.get("plotly_chart")]


def press(app: AppTest, label: str) -> AppTest:
    (button,) = (one for one in app.button if one.label == label)
    return sound(button.click().run())


def until(app: AppTest, words: str) -> AppTest:
    """The page as it is when a job has come to its end."""
    end = time.monotonic() + LONG
    while words not in text(app):
        assert time.monotonic() < end and not app.error, (app.error, text(app))
        time.sleep(0.1)
        sound(app.run())
    return app


def put(app: AppTest, name: str, value: object) -> AppTest:
    """A choice made by a widget that the test tool does not know."""
    app.session_state[state.key(name)] = value
    return sound(app.run())


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("part", ["maps", "kernels"])
@pytest.mark.parametrize("stage", ["stem", "stage2"])
def test_every_part_in_both_languages(code: str, part: str, stage: str) -> None:
    with use_language(code):
        app = opened(view="features", part=part, stage=stage, lang=code)
        assert not app.error and not app.warning and charts(app, "") >= 2


def test_every_channel_can_be_reached() -> None:
    app = opened(view="features", stage="stage2")
    assert t("explain_features.maps.note", **note(1, 16, "mean")) in text(app)
    choose(app, "order", "number")
    assert t("explain_features.maps.note", **note(1, 16, "number")) in text(app)
    linked = opened(view="features", stage="stage2", order="number", page="8")
    assert t("explain_features.maps.note", **note(113, 128, "number")) in text(linked)
    assert query(linked)["page"] == "8" and query(linked)["order"] == "number"


def note(first: int, last: int, order: str) -> dict[str, object]:
    said = t(f"explain_features.order_note.{order}")
    shape = {"height": 8, "width": 8, "count": 128}
    return {"first": first, "last": last, "order": said, **shape}


def test_the_scale_says_what_it_is_of() -> None:
    app = opened(view="features", stage="stage1")
    assert t("explain_features.colours.signed") in text(app) and "own colour scale" in text(app)
    choose(app, "scale", "stage")
    stage = text(app)
    choose(app, "scale", "network")
    assert "for the whole stage" in stage and "for all stages" in text(app)
    reach = [float(words.split(" … ")[1].split(":")[0]) for words in (stage, text(app))]
    assert 0 < reach[0] < reach[1]  # of one stage, and of the loudest


def test_a_pinned_channel_has_a_link() -> None:
    app = opened(view="features", stage="stage2")
    assert "channel" not in query(app)
    choose(app, "channel_of_stage2_128", 17)
    link = query(app)
    assert link["channel"] == "17" and link["stage"] == "stage2"
    title = t("explain_features.channel.title", channel=17, stage="Stage 2")
    friend = opened(**link)
    assert title in text(friend) and query(friend) == link
    choose(friend, "features_stage_of_3", "stage1")  # another stage's channel 17 is another channel
    assert "channel" not in query(friend)
    choose(friend, "features_stage_of_3", "stage2")
    assert query(friend) == link


def test_what_excites_a_channel_is_looked_for_in_pictures_of_ones_choice() -> None:
    app = opened(view="features", stage="stage2", channel="17")
    until(app, t("explain_features.exciting.note", **sizes(8)))
    choose(app, "excite_set", "shapes")
    choose(app, "excite_count", 100)
    until(app, t("explain_features.exciting.note", **sizes(100)))
    assert query(app)["excite_set"] == "shapes" and query(app)["excite_count"] == "100"
    choose(app, "channel_of_stage2_128", 18)  # is there at once, as all channels were looked at
    assert t("explain_features.exciting.note", **sizes(100)) in text(app)


def sizes(count: int) -> dict[str, object]:
    described = plan(load_bundled("cifar10_ln_gelu").spec, 32).stage("stage2")
    return {"count": count, "side": described.receptive_field, "jump": described.jump}


def test_a_folder_of_pictures(lab: Path) -> None:
    app = opened(view="features", stage="stage1", channel="3", excite_set="folder")
    assert t("explain_features.set.path_help") in text(app)
    (path,) = (one for one in app.text_input if one.key == state.key("excite_path"))
    sound(path.set_value(str(lab / "nowhere")).run())
    assert "no folder" in app.error[0].value
    (lab / "words").mkdir()
    (lab / "words" / "a.txt").write_text("no picture")
    (path,) = (one for one in app.text_input if one.key == state.key("excite_path"))
    sound(path.set_value(str(lab / "words")).run())
    end = time.monotonic() + LONG
    while not app.error:
        assert time.monotonic() < end
        sound(app.run())
    assert t("methods.error.no_pictures") in app.error[0].value
    assert "excite_path" not in query(app) and "nowhere" not in str(query(app))


def test_a_data_set_that_is_not_there_is_a_sentence() -> None:
    app = opened(view="features", stage="stage1", channel="3", excite_set="cifar10")
    assert len(app.error) == 1 and "CIFAR" in app.error[0].value
    assert t("explain_features.exciting.title", channel=3) in text(app)


@pytest.mark.parametrize(
    "link",
    [
        {"channel": "999", "page": "0", "order": "size", "scale": "jet", "part": "all"},
        {"channel": "-1", "page": "٣", "block": "99", "part": "kernels"},
        {"view": "field", "row": "99", "column": "-1", "side": "1000000"},
        {"view": "field", "field_set": "/etc", "field_count": "9999999"},
    ],
)
def test_a_wrong_link_falls_back(link: dict[str, str]) -> None:
    app = opened(**{"view": "features", **link})
    assert not app.error and charts(app, "") >= 2
    assert not {"channel", "page", "block", "row", "column", "side", "field_set"} & set(query(app))


def test_the_field_is_the_plans() -> None:
    app = opened(view="field", stage="stage2", side="32")
    stage = plan(load_bundled("cifar10_ln_gelu").spec, 32).stage("stage2")
    field, jump = stage.receptive_field, stage.jump
    assert f"{field} × {field} pixels" in text(app)
    until(app, t("explain_features.shares.title"))
    assert query(app)["side"] == "32" and "row" not in query(app)
    row, column = (one for one in app.number_input if "_of_stage2_8" in one.key)
    assert (row.value, column.value) == (4, 4)
    sound(row.set_value(0).run())
    above = (field - jump) // 2  # of a cell in the topmost row
    told = t("explain_features.field.over_top", pixels=above)
    assert query(app)["row"] == "0" and told in text(app)
    until(app, t("explain_features.shares.middle", row=4, column=4))
    friend = opened(**query(app))
    assert query(friend) == query(app)


def test_kernel_sizes_wait_for_a_press() -> None:
    app = until(opened(view="field", side="32"), t("explain_features.shares.title"))
    assert t("explain_features.kernels.plain") not in text(app)
    press(app, t("explain_features.kernels.job"))
    until(app, t("explain_features.kernels.plain"))
    spec = load_bundled("cifar10_ln_gelu").spec
    sides = [plan(replace(spec, kernel_size=k), 32).receptive_field for k in (3, 5, 7, 9, 11)]
    assert f"theoretical | {' | '.join(map(str, sides))} |" in text(app)


def test_nets_of_every_kind(tmp_path: Path) -> None:
    app = choose(opened(view="features"), "net_kind", "checkpoint")
    small = {"depths": (1, 2), "dims": (8, 24), "kernel_size": 3}
    for number, changes in enumerate(
        [
            {"num_classes": 3},
            {"num_classes": 0, "norm": "batch", "act": "relu"},
            {"num_classes": 3, "bottleneck": "classic", "depthwise": False},
        ]
    ):
        spec = replace(CIFAR["cifar_bn_relu"], **{**small, **changes})
        save_net(build(spec, seed=0).eval(), spec, tmp_path / "net.safetensors")
        data = (tmp_path / "net.safetensors").read_bytes()
        give(app, f"{number}.safetensors", data, file="weights")
        for view in ("features", "field", "features"):
            choose(app, "view", view)
            assert not app.error, (changes, app.error)
        for part in ("kernels", "maps"):
            choose(app, "part", part)
            assert not app.error, (changes, app.error)
