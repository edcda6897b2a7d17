"""From lab to lens on the page: an arm is chosen, linked, followed as it learns, and missed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab
from convnext_viz.text import t
from convnext_viz.train import grid
from tests.lab.forked import TINY, Forks, ended, experiment, until
from tests.lab.test_lab import QUICK
from tests.lab.test_weights import later
from tests.pages.test_explain import choose, explains, opened, query, sound, text
from tests.pages.test_explain_features import press
from tests.pages.test_explain_features import until as page_until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("lab")
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        forks = Forks()
        yield Lab(home, launcher=forks)
        forks.end()
        forks.close()


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """Two arms, two seeds, done."""
    submitted = lab.submit(experiment(recipe=QUICK, seeds=(0, 3)))
    until(lambda: ended(lab, submitted))
    return submitted


def test_an_arm_is_chosen_and_linked(lab: Lab, run: str) -> None:
    app = choose(opened(), "net_kind", "lab")
    assert explains(app) and not app.error
    first, second = lab.status(run).experiment.labels
    assert query(app)["net"] == f"run:{run}:3:{first}"
    choose(app, "lab_arm", second)
    choose(app, "lab_seed", 0)
    choose(app, "picture_kind", "test")  # what the run was tested on comes first
    assert query(app)["picture"] == f"run:{run}:0"
    assert t("explain_subjects.set.mistakes") in [toggle.label for toggle in app.toggle]
    link = query(app)
    assert link["net"] == f"run:{run}:0:{second}"
    assert query(opened(**link)) == link  # another visitor
    assert query(opened(net=f"run:{run}::{second}"))["net"] == f"run:{run}:3:{second}"


def test_newer_weights_are_taken_up_when_asked(lab: Lab, run: str) -> None:
    label = lab.status(run).experiment.labels[0]
    app = opened(net=f"run:{run}:3:{label}")
    total = lab.status(run).total
    assert total and f"step {total}" in text(app)
    later(lab, run, 3, total + 500)
    sound(app.run())
    assert explains(app) and f"Weights after step {total} (" in text(app)
    (newest,) = (button for button in app.button if button.key == "explain_lab_newest")
    sound(newest.click().run())
    assert explains(app) and f"Weights after step {total + 500} (" in text(app)
    assert not [button for button in app.button if button.key == "explain_lab_newest"]
    other = opened(net=f"run:{run}:3:{label}")  # who comes now sees the newest
    assert f"Weights after step {total + 500} (" in text(other)


def test_before_anything_was_kept_there_is_a_sentence(lab: Lab, run: str) -> None:
    with lab.store.writing() as db:
        rows = db.execute("SELECT * FROM checkpoints").fetchall()
        db.execute("DELETE FROM checkpoints")
    app = opened(net=f"run:{run}:3:whatever")
    assert t("lab.error.no_weights") in [info.value for info in app.info]
    with lab.store.writing() as db:
        db.executemany("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    assert explains(sound(app.run()))


@pytest.mark.parametrize("link", ["run:deleted:0:BN", "run:", "run:%27--", "run:recorded-x:0:a"])
def test_a_link_to_a_run_that_is_gone_is_a_sentence(run: str, link: str) -> None:
    app = opened(net=link)
    if link == "run:":
        assert explains(app)  # no run is named: the newest
        return
    gone = link.split(":")[1]
    assert [t("explain_subjects.lab.gone", run=gone)] == [error.value for error in app.error]
    assert t("explain.missing.network") in text(app)
    assert explains(choose(app, "lab_run", run)) and not app.error


def test_the_watch_view_has_a_door_to_every_arm(lab: Lab, run: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["run"] = run
    app.run()
    sound(app.switch_page("pages/train.py").run())
    links = [link.proto for link in app.get("page_link")]
    labels = list(lab.status(run).experiment.labels)
    assert [link.label for link in links if link.page == "explain"] == labels


def test_a_deleted_run_is_a_sentence_also_while_it_is_looked_at(lab: Lab) -> None:
    brief = lab.submit(experiment(recipe=QUICK, seeds=(0,)))
    until(lambda: ended(lab, brief))
    app = opened(net=f"run:{brief}::{lab.status(brief).experiment.labels[0]}")
    assert explains(app)
    lab.delete(brief)
    sound(app.run())
    assert [t("explain_subjects.lab.gone", run=brief)] == [error.value for error in app.error]


def test_the_arms_of_a_kernel_sweep_stand_beside_each_other(lab: Lab) -> None:
    sweep = grid(TINY, {"kernel_size": [3, 5]})
    run = lab.submit(experiment(arms=sweep, recipe=QUICK, seeds=(0,)))
    until(lambda: ended(lab, run))
    label = sweep[0].label
    app = page_until(
        opened(net=f"run:{run}:0:{label}", view="field", side="32"),
        t("explain_features.shares.title"),
    )
    press(app, t("explain_features.kernels.job"))
    page_until(app, t("explain_features.kernels.plain"))
    (row,) = [
        line
        for line in text(app).splitlines()
        if line.startswith(f"| {t('explain_features.kernels.siblings')} |")
    ]
    three, five, *others = row.split("|")[2:-1]
    assert float(three) > 0 and float(five) > 0
    assert [cell.strip() for cell in others] == ["–"] * 3
