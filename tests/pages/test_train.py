"""The Train page as a visitor's script: what is chosen, what is run, what a link opens."""

import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab
from convnext_viz.train import Experiment, Recipe, grid
from convnext_viz.ui.run_titles import stored_name
from tests.pages.train_page import TINY, opened, own_lab
from tests.pages.visits import WAIT, quiet


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of this file's own, with one real worker."""
    yield from own_lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def finished(lab: Lab) -> str:
    """A run of two arms and two seeds that is done."""
    run = lab.submit(
        Experiment(
            name="finished",
            arms=grid(TINY, {"norm": ["batch", "layer"]}),
            data=DataSpec(train=100, test=50, image_size=16),
            recipe=Recipe(batch_size=25, epochs=2, warmup_epochs=1),
            seeds=(0, 1),
        )
    )
    end = time.monotonic() + WAIT
    while lab.status(run).state != "finished":
        assert time.monotonic() < end, lab.status(run)
        time.sleep(0.2)
    return run


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", ["verdict", "pictures", "inside", "confusion", "facts"])
def test_a_link_opens_a_run_with_every_panel(finished: str, section: str, lang: str) -> None:
    app = opened(run=finished, lang=lang)
    app.segmented_control(key="train_section").set_value(section).run()
    quiet(app)
    assert app.query_params["run"] in (finished, [finished])
    assert not app.info  # there is something to see in each


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["setup", "shelf"])
def test_every_view_runs_in_both_languages(finished: str, view: str, lang: str) -> None:
    app = quiet(opened(view=view, lang=lang))
    assert app.session_state["train_view"] == view


def test_the_guess_before_the_start_is_there_for_whoever_opens_the_link(lab: Lab) -> None:
    experiment = Experiment(
        name="guessed",
        arms=grid(TINY, {"norm": ["batch", "layer"]}),
        data=DataSpec(train=100, test=50, image_size=16),
        recipe=Recipe(batch_size=50, epochs=1, warmup_epochs=0),
        seeds=(0, 1),
    )
    run = lab.submit(experiment, guess="LN")
    end = time.monotonic() + WAIT
    while lab.status(run).state != "finished":
        assert time.monotonic() < end, lab.status(run)
        time.sleep(0.2)
    app = quiet(opened(run=run))
    assert ["“LN”" in notice.value for notice in [*app.info, *app.success]] == [True]
    lab.delete(run)


def test_a_link_to_no_run_is_a_sentence() -> None:
    app = opened(run="../../etc/passwd")
    assert not app.exception
    assert ["../../etc/passwd" in error.value for error in app.error] == [True]


def test_a_guess_comes_before_the_start_and_the_arms_are_those_that_were_chosen() -> None:
    app = quiet(opened())
    assert app.button(key="train_start").disabled
    app.button_group(key="train_mini_act").set_value(["gelu"]).run()
    app.button_group(key="train_mini_kernel_size").set_value([3, 7]).run()
    labels = [f"{norm} · Kernel size {k}" for norm in ("BN", "LN") for k in (3, 7)]
    assert list(app.dataframe[0].value["Variant"]) == labels
    app.button_group(key="train_guess").set_value("LN · kernel_size 7").run()
    quiet(app)
    assert not app.button(key="train_start").disabled  # the click itself: tests/e2e


def test_a_contradiction_is_a_sentence_and_nothing_can_be_started() -> None:
    app = opened()
    app.number_input(key="train_warmup_epochs").set_value(50.0).run()
    assert not app.exception and len(app.error) == 1
    assert not [button for button in app.button if button.key == "train_start"]


def test_a_folder_that_is_not_there_is_a_sentence() -> None:
    app = opened()
    app.selectbox(key="train_data").set_value("folder").run()
    app.text_input(key="train_path").set_value("/no/such/folder").run()
    assert not app.exception and not app.error and len(app.warning) == 1


def test_a_word_finds_a_run_on_the_shelf(finished: str) -> None:
    app = opened(view="shelf")
    app.text_input(key="train_filter").set_value("nothing has this name").run()
    assert len(app.info) == 1
    app.text_input(key="train_filter").set_value("FINISHED bn").run()
    quiet(app)
    assert not app.info and len(app.dataframe[0].value) == 1


def test_a_run_is_named_and_found_by_its_note_and_its_tags(lab: Lab, finished: str) -> None:
    name, note = "LN_vs_BN **now** <b>#1</b>", "see *page* 3\nand $x$"
    lab.annotate(finished, name=name, note=note, tags=["Lesson 3", "`code`"])
    for word in ("**now**", "PAGE", "lesson", "`code`"):
        table = quiet(opened(view="shelf", find=word)).dataframe[0].value
        assert list(table["Name"]) == [name] and list(table["Tags"]) == ["Lesson 3, `code`"]
    assert len(opened(view="shelf", find="lesson nothing").info) == 1
    texts = [text.value for text in quiet(opened(run=finished)).markdown]
    assert [text for text in texts if "LN" in text and r"\*\*now\*\*" in text]
    assert [text for text in texts if r"see \*page\* 3" in text]
    lab.annotate(finished, name="finished", note="", tags=[])


def form(run: str) -> None:
    """A script: the form alone, as a page's buttons without a callback are not heard here."""
    from convnext_viz.ui import lab
    from convnext_viz.ui.train import annotations

    annotations.edit(lab.lab().status(run))


def written(app: AppTest, **fields: str) -> AppTest:
    """The form with these words, saved."""
    known = {one.label: one for kind in ("text_input", "text_area") for one in app.get(kind)}
    for label, text in fields.items():
        known[label].set_value(text)
    (save,) = [button for button in app.button if button.label == "Save"]
    return save.click().run()


def test_the_form_of_a_run_saves_what_is_written_there(lab: Lab, finished: str) -> None:
    app = AppTest.from_function(form, args=(finished,), default_timeout=WAIT).run()
    quiet(written(app, Name="", Tags="one, two， three", Note="a note"))
    status = lab.status(finished)
    assert (status.note, status.tags) == ("a note", ("one", "two", "three"))
    assert status.name == stored_name(status.experiment.arms)  # the automatic one
    written(app, Tags="x" * 41)
    assert not app.exception and ["too long" in error.value for error in app.error] == [True]
    assert lab.status(finished).tags == ("one", "two", "three")
    lab.annotate(finished, name="finished", note="", tags=[])
