"""The Roadmap page as a visitor's script: every step, both languages, keys, another order."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.specs import REGIMES, roadmap
from tests.pages import visits
from tests.pages.visits import quiet

opened = partial(visits.opened, "roadmap")


def words(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.subheader, *app.caption))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_step_opens_with_the_next_one(lang: str) -> None:
    app = quiet(opened(step="start", lang=lang))
    for step in roadmap()[1:]:
        quiet(app.button("roadmap_next").click().run())
        assert app.session_state["roadmap_step"] == step.key
    assert app.button("roadmap_next").disabled
    quiet(app.button("roadmap_back").click().run())
    assert app.session_state["roadmap_step"] == "layer_norm"
    assert "4.46" in words(app) and "4.15" in words(app)  # the paper's figure beside the count


@pytest.mark.parametrize("regime", REGIMES)
def test_a_link_opens_a_step_of_a_regime(regime: str) -> None:
    app = quiet(opened(regime=regime, step="inverted"))
    shown = words(app)
    assert {"resnet50": "80.64", "resnet200": "82.64"}[regime] in shown  # Tables 10 and 11
    assert "wide inside" in shown


def test_the_headline_names_the_largest_gains() -> None:
    # Table 10: 76.13 to 78.82 by the recipe; 78.28 to 80.50 by more channels
    shown = words(quiet(opened()))
    assert "“Training recipe” brought the most accuracy: +2.69" in shown
    assert "“More channels” brought the most: +2.22" in shown


def test_another_order_is_counted_and_has_no_accuracy() -> None:
    app = quiet(opened(order="depthwise,recipe"))
    (table,) = [one.value for one in app.dataframe]
    nobody = "nobody published this"
    assert list(table["ImageNet top-1"]) == ["76.13%", nobody, nobody]
    quiet(app.button("roadmap_reset").click().run())
    assert len(app.dataframe[0].value) == sum(step.adopted for step in roadmap())


@pytest.mark.parametrize(
    "query", [{"step": "magic"}, {"regime": "resnet18"}, {"order": "a,b"}, {"order": "-"}]
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = opened(**query)
    assert not app.exception
    assert bool(app.warning) == (query != {"order": "-"})


def test_a_step_of_the_recipe_has_no_small_network() -> None:
    app = quiet(opened(step="recipe"))
    assert "no small network" in words(app)
