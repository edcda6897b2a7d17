"""The Architecture page with a RepVGG: its knobs, its two forms, its operations."""

import pytest

from convnext_viz.plans import plan
from convnext_viz.specs import REPVGG, RepVGGSpec
from convnext_viz.specs.fields import groups
from tests.pages.test_architecture import metrics, opened, page_text, query, sound


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_opens_with_its_own_knobs(lang: str) -> None:
    app = opened(net="repvgg_a0", lang=lang)
    assert query(app) == {"net": "repvgg_a0"}
    drawn = {one.key for kind in ("number_input", "selectbox", "toggle") for one in app.get(kind)}
    drawn |= {one.key for one in app.text_input}
    fields = [field for names in groups(RepVGGSpec).values() for field in names]
    assert {f"arch_{field}" for field in fields} <= drawn
    text = page_text(app)
    assert "72.41" in text and "2, 4, 14, 1" in text and "badge" not in text


def test_the_deployed_form_is_what_was_printed() -> None:
    app = opened(net="repvgg_a0")
    app.selectbox("arch_form").set_value("deployed").run()
    sound(app)
    assert query(app) == {"net": "repvgg_a0", "form": '"deployed"'}
    assert metrics(app)["Parameters"] == "8.31 M"
    assert "**RepVGG-A0, deployed**" in page_text(app)  # another form, not a changed network
    badges = next(part.value for part in app.markdown if "badge" in part.value)
    assert badges.count("green-badge") == 2 and "8.30M" in badges and "72.41" in page_text(app)
    app.number_input("arch_kernel_size").set_value(5).run()
    sound(app)
    assert "orange-badge" in page_text(app) and "72.41" not in page_text(app)


def test_every_operation_explains_itself() -> None:
    layers = plan(REPVGG["repvgg_d2se"]).stage("stage1").blocks[1].layers
    app = opened(net="repvgg_d2se", at=layers[0].name)
    for layer in layers:
        app.selectbox("arch_layer").set_value(layer.name).run()
        sound(app)
        shown = page_text(app)
        assert f"`{layer.name}`" in shown and layer.params_arithmetic in shown


def test_it_is_compared_with_another_family_and_with_groups() -> None:
    app = opened(net="repvgg_b1g4", vs="convnext_tiny", at="stem")
    sound(app)
    app.segmented_control("arch_stage").set_value("stage3").run()
    sound(app)


def test_winograd_is_a_column_of_its_own() -> None:
    app = opened(net="repvgg_b1g4", show="table", form='"deployed"')
    table = app.dataframe[-1].value
    assert round(table["winograd"].sum() / 1e9, 1) == 3.9  # Table 4 of the paper
    assert "3.9" in page_text(app) and "4/9" in page_text(app)
    assert "winograd" not in opened(show="table").dataframe[-1].value
