"""Several networks side by side: which, the same class and stage, how alike, and the link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data import preprocess
from convnext_viz.data.samples import sample_image
from convnext_viz.explain import agreement, class_activation_maps
from convnext_viz.nets import BUNDLED, load_bundled
from convnext_viz.plots.agreement import number
from convnext_viz.text import t, use_language
from tests.pages.test_explain import choose, give, opened, query, sound, text
from tests.pages.test_explain_subjects import file_of

LN, BN = BUNDLED[:2]


def models(app: AppTest, *chosen: str) -> AppTest:
    (box,) = (box for box in app.multiselect if box.key == "explain_models")
    return sound(box.set_value(list(chosen)).run())


def by_hand(picture: str, method: str, stage: str, label: str) -> float:
    """The agreement of the twins' maps."""
    found = []
    for name in (LN, BN):
        net = load_bundled(name)
        x, _ = preprocess(sample_image(picture), net.preprocess)
        found += class_activation_maps(
            net.net, x, net.labels.index(label), stages=(stage,), methods=(method,)
        )
    return float(agreement(found)[0, 1])


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_twins_come_first_and_their_agreement_is_that_of_their_maps(code: str) -> None:
    with use_language(code):
        app = opened(view="compare", picture="coffee", lang=code, **{"class": "0"})
        assert not app.error and query(app)["models"] == BN
        for one, other in ((LN, BN), (BN, LN)):
            found = by_hand("coffee", "grad_cam", "stage2", "airplane")
            answer = "yes" if found >= 0.5 else "partly" if found >= 0.3 else "no"
            said = {"one": t(f"explain.bundled.{one}"), "other": t(f"explain.bundled.{other}")}
            said["value"] = number(found)
            assert t(f"explain_subjects.compare.both_{answer}", **said) in text(app)
            if one == LN:
                choose(app, "bundled", BN)  # the two change places
                assert query(app)["models"] == LN


def test_method_and_stage_are_shared_and_linked() -> None:
    app = opened(view="compare", picture="coffee", **{"class": "0"})
    choose(app, "compare_method", "layer_cam")
    choose(app, "compare_stage_of_3", "stage2")
    value = number(by_hand("coffee", "layer_cam", "stage2", "airplane"))
    assert f"rank correlation {value}." in text(app)
    link = query(app)
    assert (link["method"], link["stage"], link["models"]) == ("layer_cam", "stage2", BN)
    again = opened(**link)
    assert query(again) == link and f"rank correlation {value}." in text(again)
    choose(again, "compare_each", "own")
    assert query(again)["each"] == "own"
    assert t("explain_subjects.compare.other_class", label="airplane") not in text(again)


def test_models_of_every_kind_with_classes_by_name_or_number(tmp_path: Path) -> None:
    app = choose(opened(view="compare"), "net_kind", "checkpoint")
    labels = load_bundled(LN).labels
    give(app, "backwards.safetensors", file_of(tmp_path, labels[::-1]), file="weights")
    assert query(app)["net"] == "own"
    choose(app, "class_of_10", labels[::-1].index("ship"))
    assert text(app).count("**ship**: ") == 2  # number 1 here, number 8 there

    give(app, "other.safetensors", file_of(tmp_path, ("ship", "star")), file="weights")
    assert text(app).count("**ship**: ") == 2
    (box,) = (box for box in app.multiselect if box.key == "explain_models")
    assert "backwards.safetensors" in box.options  # what was chosen once is offered
    choose(app, "class_of_2", 1)
    assert t("explain_subjects.compare.other_class", label="star") in text(app)

    give(app, "nameless.safetensors", file_of(tmp_path, (), classes=10), file="weights")
    choose(app, "class_of_10", 3)
    assert t("explain_subjects.compare.by_number", number=3) in text(app)
    assert t("explain_subjects.compare.nameless") not in text(app)
    models(app, LN, BN)
    assert text(app).count(t("explain_subjects.compare.by_number", number=3)) == 2
    assert query(app)["models"] == f"{LN}|{BN}"
    assert "Most alike" in text(app) and "Least alike" in text(app)


def test_a_stage_that_is_missing_is_one_as_deep(tmp_path: Path) -> None:
    """The file has two stages, the other network three."""
    app = choose(opened(view="compare"), "net_kind", "checkpoint")
    labels = load_bundled(LN).labels
    give(app, "two.safetensors", file_of(tmp_path, labels), file="weights")
    models(app, "cifar10_repvgg")
    choose(app, "compare_stage_of_4", "stage3")
    told = "Stage 2, 8×8 cells. It has no Stage 3; this stage has the same relative depth."
    assert told in text(app)
    choose(app, "compare_stage_of_4", "stage1")
    assert "It has no Stage" not in text(app)


def test_who_cannot_be_had_is_said_and_the_others_are_compared() -> None:
    app = opened(view="compare", models=f"nobody.knows|{BN}|run:gone:0:BN")
    assert len(app.error) == 2 and "nobody.knows" in app.error[0].value
    assert "gone" in app.error[1].value
    assert "**2 · " in text(app) and query(app)["models"] == BN
    models(app)
    assert t("explain_subjects.compare.alone") in [info.value for info in app.info]
    assert not sound(app.run()).error
