"""Steps 2 and 3 of the Your-images page: what a training takes, its start, and what it learnt."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data import DataSpec, own_sets
from convnext_viz.data.sources import facts
from convnext_viz.lab import Lab, kept_weights, starts
from convnext_viz.nets import build, load_bundled
from convnext_viz.numbers import compact, percent
from convnext_viz.text import LANGUAGES, t, use_language
from convnext_viz.train import Arm, fine_tuning
from tests.lab.forked import TINY, Forks, until
from tests.lab.forked import ended as over
from tests.pages.test_train_rights import ANN, BEN, come, id_of
from tests.pages.visits import WAIT, quiet
from tests.pages.yours_page import link, opened, own_set, words

SIDE = 16  # pixels
START = "bundled:cifar10_ln_gelu"
LOOKS = ("mistakes", "confusion", "background", "channel", "amounts", "downloads")


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of this file's own, with real workers."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("lab")
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        forks = Forks()
        yield Lab(home, launcher=forks)
        forks.end()
        forks.close()


@pytest.fixture(scope="module")
def kitchen(lab: Lab) -> str:
    return own_set(each=15)


def ended(lab: Lab, run: str) -> None:
    end = time.monotonic() + WAIT
    while lab.status(run).state != "finished":
        assert time.monotonic() < end and lab.status(run).state != "failed", lab.status(run)
        time.sleep(0.2)


@pytest.fixture(scope="module")
def finished(lab: Lab, kitchen: str) -> str:
    """A run of all three ways and two seeds that is done: a tiny network with weights of its own
    learns for some steps."""
    known = load_bundled("cifar10_ln_gelu")
    given = replace(TINY, drop_path_rate=0.0)
    start = kept_weights.keep(replace(known, net=build(given, seed=5).eval(), spec=given))
    data = DataSpec(kind="own", path=kitchen, image_size=SIDE)
    spec = starts.spec_of(start, 2, SIDE)
    asked = fine_tuning.compare(
        data, start, spec, pictures=facts(data).train, name="Kitchen", steps=12, seeds=(0, 1)
    )
    run = lab.submit(asked)
    ended(lab, run)
    return run


def results(kitchen: str, run: str, look: str = "mistakes", **more: str) -> AppTest:
    return opened(set=kitchen, run=run, step="results", look=look, **more)


def test_a_training_says_what_it_takes_before_it_starts(kitchen: str) -> None:
    app = quiet(opened(set=kitchen, step="train"))
    (table,) = app.dataframe
    assert len(table.value) == 3
    net = starts.net_of(Arm("probe", starts.spec_of(START, 2, 32)), {}, 0)
    params = compact(sum(p.numel() for p in net.parameters()))
    assert list(table.value[t("train_page.table.params")]) == [params] * 3
    known = facts(DataSpec(kind="own", path=kitchen, image_size=32))
    counts = {"train": known.train, "test": known.test, "classes": 2}
    assert t("yours.go.images", **counts) in words(app)
    app.button_group(key="yours_ways").set_value(["probe"]).run()
    (table,) = quiet(app).dataframe
    assert len(table.value) == 1
    assert link(app)["ways"] == "probe"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("start", ["bundled", "pretrained", "file", "lab"])
def test_every_start_is_offered_in_both_languages(kitchen: str, start: str, lang: str) -> None:
    app = opened(set=kitchen, step="train", start=start, lang=lang)
    assert not app.exception
    if start in ("bundled", "lab"):
        quiet(app)


def test_a_set_that_cannot_be_trained_on_is_a_sentence_and_has_no_button(lab: Lab) -> None:
    lone = own_sets.create("Lone", owner="server").id
    app = opened(set=lone, step="train")
    assert not app.exception and len(app.error) == 1
    assert t("yours.go.button") not in [one.label for one in app.button]
    own_sets.delete(lone)


def train(set_id: str) -> None:
    """A script: the step alone, as a page's buttons without a callback are not heard here."""
    from convnext_viz.data import own_sets
    from convnext_viz.ui.choices import restore
    from convnext_viz.ui.yours import training

    restore("yours")
    training.show(own_sets.read(set_id))


def test_the_button_starts_the_training_that_was_chosen(lab: Lab, kitchen: str) -> None:
    app = AppTest.from_function(train, args=(kitchen,), default_timeout=WAIT)
    chosen = {"ways": "fine_tune,probe", "seeds": "1", "steps": "100", "batch": "4", "lr": "0.0005"}
    for name, value in (chosen | {"size": "32"}).items():
        app.query_params[name] = value
    quiet(app.run())
    before = {run.id for run in lab.runs()}
    quiet(app.button(key="yours_train").click().run())
    (made,) = [run for run in lab.runs() if run.id not in before]
    given = made.experiment
    assert made.owner == "server" and app.session_state["yours_run"] == made.id
    assert given.data == DataSpec(kind="own", path=kitchen, image_size=32)
    assert given.labels == ("fine-tuned", "probe") and given.seeds == (0,)
    assert given.recipe.batch_size == 4
    tuned, probe = given.arms
    assert tuned.start == probe.start == START and probe.frozen and not tuned.frozen
    assert given.recipe.lr * tuned.lr_scale == pytest.approx(0.0005)
    live = quiet(opened(set=kitchen, run=made.id, step="results"))  # its curves, or its end
    assert link(live)["run"] == made.id
    if lab.status(made.id).live:
        lab.stop(made.id)
    until(lambda: over(lab, made.id))
    lab.delete(made.id)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("look", LOOKS)
def test_every_look_at_a_run_in_both_languages(
    kitchen: str, finished: str, look: str, lang: str
) -> None:
    app = quiet(results(kitchen, finished, look, lang=lang))
    assert app.session_state["yours_look"] == look
    assert link(app)["run"] == finished
    with use_language(lang):
        assert [one.label for one in app.segmented_control if one.key == "yours_variant"] == [
            t("yours.results.variant")
        ]


def test_the_score_and_the_mistakes_are_those_that_the_training_measured(
    lab: Lab, kitchen: str, finished: str
) -> None:
    measured = lab.ends(finished)[0]
    count = own_sets.read(kitchen).count(half="test")
    for label in ("fine-tuned", "from scratch"):
        for seed in (0, 1):
            right = round(count * measured[label][seed])
            app = quiet(results(kitchen, finished, variant=label, seed=str(seed)))
            share = f"{right} of {count}"
            assert share in words(app), (label, seed, measured)
            titles = {one.key: one.options for one in app.segmented_control}
            assert titles["yours_shown"] == [
                t("yours.mistakes.wrong", count=count - right),
                t("yours.mistakes.right", count=right),
            ]
    app.segmented_control(key="yours_shown").set_value("right").run()
    said = [one.value for one in quiet(app).markdown if re.search(", correct", one.value)]
    assert len(said) == min(right, 12)


def test_the_box_follows_its_sliders(kitchen: str, finished: str) -> None:
    app = quiet(results(kitchen, finished, "background"))
    assert f"**{percent(0.25)}** of the image" in words(app)  # half of each side
    columns, rows = app.slider
    quiet(columns.set_value((0, 4)).run())
    assert f"**{percent(0.125)}** of the image" in words(app)  # 4 of 16 columns, half of the rows
    columns, rows = app.slider
    columns.set_value((0, SIDE))
    rows.set_value((0, SIDE)).run()
    assert [one.value for one in app.error] == [t("yours.error.box_is_all")]
    columns, rows = app.slider
    columns.set_value((5, 5)).run()
    assert [one.value for one in app.error] == [
        t("yours.error.box_is_empty", width=SIDE, height=SIDE)
    ]
    assert not app.exception


def test_a_channel_shows_its_images_and_the_share_of_one_class(kitchen: str, finished: str) -> None:
    app = results(kitchen, finished, "channel")
    end = time.monotonic() + WAIT
    while not app.number_input:  # the job that looks at all test images
        assert time.monotonic() < end
        quiet(app.run())
    total = own_sets.read(kitchen).count(half="test")
    (channel,) = app.number_input
    quiet(channel.set_value(3).run())
    captions = [
        one.value for one in app.caption if re.fullmatch(r"(cup|fork), -?[\d.e+-]+", one.value)
    ]
    assert len(captions) == min(8, total)
    assert link(app)["channel"] == "3"
    labels = [one.split(",")[0] for one in captions]
    main = max(sorted(set(labels)), key=labels.count)
    assert f"{labels.count(main)} are **{main}**" in words(app)
    values = [float(one.split(", ")[1]) for one in captions]
    assert values == sorted(values, reverse=True)


def test_the_files_are_prepared_when_they_are_asked_for(kitchen: str, finished: str) -> None:
    pytest.importorskip("onnx")
    app = quiet(results(kitchen, finished, "downloads"))
    assert not app.get("download_button")
    app.button(key="jobs_start_yours_export").click().run()
    end = time.monotonic() + WAIT
    while not app.get("download_button"):
        assert time.monotonic() < end
        quiet(app.run())
    names = [one.label for one in app.get("download_button")]
    assert len(names) == 3 and "ZIP" in names[0]
    assert "model.safetensors" in names[1] and "model.onnx" in names[2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_to_no_run_is_a_sentence_and_shows_the_newest(
    lab: Lab, kitchen: str, finished: str, lang: str
) -> None:
    for run in ("00000000", "../../etc/passwd"):
        app = results(kitchen, run, lang=lang)
        with use_language(lang):
            assert t("yours.error.no_run") in words(app)
        assert not app.exception
    missing = results("0" * 32, finished, lang=lang)
    with use_language(lang):
        assert t("yours.error.no_set") in words(missing) and not missing.exception
        assert t("yours.results.none") in words(missing)


def test_anothers_run_is_like_one_that_there_is_not(
    lab: Lab, kitchen: str, finished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    bens = own_set("Ben's", each=5, owner=id_of(BEN))
    found, missing = (
        come(BEN, "yours", set=bens, run=run, step="results") for run in (finished, "00000000")
    )
    assert words(found) == words(missing) and t("yours.error.no_run") in words(found)
    assert t("yours.error.no_set") in words(come(ANN, "yours", set=bens, step="results"))
    app = come(BEN, "yours", set=kitchen, run=finished, step="results")
    assert t("yours.error.no_set") in words(app)
    assert "yours_look" not in {one.key for one in app.segmented_control}


def fewer(run: str) -> None:
    """A script: the section alone, for its button."""
    from convnext_viz.ui import own_runs
    from convnext_viz.ui.yours import amounts

    amounts.show(own_runs.status(run))


def test_the_same_with_fewer_images(lab: Lab, kitchen: str, finished: str) -> None:
    app = AppTest.from_function(fewer, args=(finished,), default_timeout=WAIT).run()
    assert t("yours.amounts.one") in words(quiet(app))
    before = {run.id for run in lab.runs()}
    quiet(app.button(key="yours_fewer").click().run())
    made = [run for run in lab.runs() if run.id not in before]
    given = lab.status(finished).experiment
    total = facts(given.data).train
    assert sorted(run.experiment.data.train or 0 for run in made) == [
        max(total // part, 4) for part in (8, 4, 2)
    ]
    for run in made:
        assert run.experiment.arms == given.arms and run.experiment.seeds == given.seeds
        ended(lab, run.id)
        assert lab.status(run.id).total == lab.status(finished).total  # as many steps
    app = quiet(results(kitchen, finished, "amounts"))
    assert t("yours.amounts.one") not in words(app)
    assert "yours_fewer" not in {button.key for button in app.button}
    assert len(app.get("plotly_chart")) >= 1
    for run in made:
        lab.delete(run.id)
