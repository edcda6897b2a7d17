"""What is looked at on the Explain page, and with what: many files, the camera, classes by name."""

import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convnext_viz.data import SAMPLES, preprocess
from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.limits import LARGEST_FILE, LARGEST_MB
from convnext_viz.nets import BUNDLED, build, load_bundled, load_checkpoint, save_net
from convnext_viz.numbers import percent
from convnext_viz.text import t, use_language
from convnext_viz.ui.explain import state as explain_state
from convnext_viz.ui.explain.subject import images as explain_pictures
from convnext_viz.ui.explain.subject import networks as explain_networks
from tests.odd_files import ODD_FILES
from tests.odd_making import OddFile, saved, scene
from tests.pages.test_explain import choose, explains, give, is_of, opened, query, sound, text

ROOT = Path(__file__).parents[2]


def given(app: AppTest, files: list[OddFile], name: str = "file") -> AppTest:
    """All of them dropped at once."""
    (widget,) = (u for u in app.file_uploader if u.key == explain_state.key(name))
    triples = [(file.name, file.data, "application/octet-stream") for file in files]
    return sound(widget.set_value(triples).run())


def sentence(file: OddFile) -> str:
    """Why it is no picture; empty where it is one."""
    try:
        read_image(file.data, file.name)
    except ImageError as why:
        return str(why)
    return ""


def listed(app: AppTest) -> list[str]:
    """The pictures that the strip offers by name."""
    (box,) = (box for box in app.selectbox if box.key == explain_state.key("upload"))
    return list(box.options)


@pytest.mark.slow
def test_odd_files_in_batches_are_pictures_to_choose_or_sentences() -> None:
    app = choose(opened(), "picture_kind", "upload")
    files = list(ODD_FILES())
    batches = [files[i::4] for i in range(4)]
    for batch in batches:
        given(app, batch)
        refused = [why for file in batch if (why := sentence(file))]
        assert [error.value for error in app.error] == refused[::-1]  # the newest is told first
        assert len(refused) > explain_pictures.SAID
        assert explains(app)
        sound_ones = [file.name for file in batch if not sentence(file)]
        window = listed(app)
        assert len(window) == min(12, len(sound_ones))
        assert window == sound_ones[: len(window)]


def test_files_stay_when_another_kind_was_looked_at_and_new_ones_are_looked_at() -> None:
    app = choose(opened(), "picture_kind", "upload")
    one, two = (OddFile(f"{n}.png", saved(scene(40 + n, 30), "PNG")) for n in range(2))
    given(app, [one, two])
    assert listed(app) == ["0.png", "1.png"]
    choose(app, "upload", app.session_state["explain_upload_known"][1])
    choose(app, "picture_kind", "sample")
    choose(app, "picture_kind", "upload")
    assert explains(app) and len(listed(app)) == 2
    third = OddFile("third.png", saved(scene(50, 30), "PNG"))
    given(app, [third])
    assert len(listed(app)) == 3
    assert app.session_state["explain_upload"].endswith("third.png")
    (forget,) = (b for b in app.button if b.key == "explain_file_forget")
    assert "2" in forget.label
    sound(forget.click().run())
    (left,) = app.session_state["explain_upload_known"]
    assert explains(app) and left.endswith("third.png")


def test_who_comes_back_from_another_page_or_language_finds_the_files(tmp_path: Path) -> None:
    app = choose(opened(), "picture_kind", "upload")
    given(app, [OddFile("mine.png", saved(scene(), "PNG"))])
    choose(app, "net_kind", "checkpoint")
    give(app, "mine.safetensors", file_of(tmp_path, ("ant", "bee")), file="weights")
    choose(app, "class_of_2", 1)
    before = query(app)
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    assert query(sound(app.switch_page("pages/explain.py").run())) == before and explains(app)
    assert app.session_state["explain_picture_kind"] == "upload"
    sound(app.segmented_control(key="lang").set_value("zh").run())
    with use_language("zh"):
        assert explains(app) and query(app) == before
    assert opened(**before).session_state["explain_picture_kind"] == "sample"  # a friend


def test_what_was_chosen_below_comes_back_after_a_moment_without_a_picture() -> None:
    """A widget that is not drawn for once loses its value in Streamlit."""
    app = choose(opened(picture="coffee", net=BUNDLED[1]), "view", "features")
    choose(app, "features_stage_of_3", "stage2")
    before = query(app)
    choose(app, "picture_kind", "upload")
    assert t("explain.missing.picture_upload") in text(app)
    choose(app, "net_kind", "checkpoint")
    choose(app, "net_kind", "bundled")
    choose(app, "picture_kind", "sample")
    assert query(app) == before


def test_the_camera_has_the_same_checks() -> None:
    app = choose(opened(), "picture_kind", "camera")
    assert t("explain_subjects.camera.hint") in text(app)
    seen = 0
    for file in ODD_FILES()[::9]:
        shot = app.camera_input[0].set_value((f"{file.name}.jpg", file.data, "image/jpeg"))
        sound(shot.run())
        why = sentence(replace(file, name=f"{file.name}.jpg"))
        assert [error.value for error in app.error] == ([why] if why else []), file.name
        assert explains(app) == (not why)
        seen += 1
    assert seen > 10
    app.camera_input[0].set_value(("a.jpg", saved(scene(), "JPEG"), "image/jpeg")).run()
    choose(app, "picture_kind", "sample")
    choose(app, "picture_kind", "camera")
    assert explains(app) and t("explain_subjects.camera.last") in text(app)
    assert query(app)["picture"] == "own"


def folder_of(root: Path, classes: tuple[str, ...], count: int) -> list[Path]:
    """Pictures of noise, ``count`` a class, and a file that is none; in the set's order."""
    generator = np.random.default_rng(0)
    files = []
    for name in sorted(classes):
        (root / name).mkdir(parents=True)
        for i in range(count):
            files.append(root / name / f"{i:02}.png")
            noise = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            files[-1].write_bytes(saved(Image.fromarray(noise), "PNG"))
    files[2].write_bytes(b"no picture")
    return files


def told(app: AppTest, words: str) -> AppTest:
    """The page once it says so: a job may take its time."""
    end = time.monotonic() + 60
    while words not in text(app):
        assert time.monotonic() < end, text(app)
        time.sleep(0.2)
        sound(app.run())
    return app


def test_test_images_with_their_labels_and_mistakes_first(tmp_path: Path) -> None:
    classes = ("zebra", "ant", "mole")
    files = folder_of(tmp_path / "set", classes, 10)
    data = file_of(tmp_path, classes)
    net = load_checkpoint(data)
    said, wrong = [], []  # by hand
    for place, file in enumerate(files):
        if place == 2:
            continue
        x, _ = preprocess(read_image(file.read_bytes()), net.preprocess)
        chances = net.net(x)[0].softmax(0)
        said.append(int(chances.argmax()))
        if classes[said[-1]] != file.parent.name:
            wrong.append((-float(chances.max()), place))
    assert 5 < len(wrong) < 29

    app = choose(choose(opened(), "net_kind", "checkpoint"), "picture_kind", "test")
    give(app, "net.safetensors", data, file="weights")
    choose(app, "set", "folder")
    (path,) = (box for box in app.text_input if box.key == "explain_set_path")
    sound(path.set_value(str(tmp_path / "set")).run())
    assert explains(app) and not app.error and query(app)["picture"] == "own"
    (first,) = (toggle for toggle in app.toggle if toggle.key == "explain_own_mistakes")
    sound(first.set_value(False).run())
    # In their own order, from the page on which the surest mistake stood or from the first one.
    shown = [int(one[1:].split(" ")[0]) for one in app.selectbox(key="explain_index").options]
    assert len(shown) > 2 and shown == [*range(shown[0], shown[0] + len(shown))]
    choose(app, "set_class_of_3", 2)
    assert app.selectbox(key="explain_index").options[0] == "#20 · zebra"
    assert "**zebra**" in text(app)
    choose(app, "set_class_of_3", -1)
    (first,) = (toggle for toggle in app.toggle if toggle.key == "explain_own_mistakes")
    sound(first.set_value(True).run())
    told(app, "misclassified")
    words = t(
        "explain_subjects.set.found", wrong=len(wrong), count=29, share=percent(1 - len(wrong) / 29)
    )
    assert words in text(app)
    order = [place for _, place in sorted(wrong)]
    assert [int(one.split()[0][1:]) for one in app.selectbox(key="explain_index").options] == (
        order[:12]
    )
    assert app.session_state["explain_index"] == order[0]
    choose(app, "set_class_of_3", 0)
    choose(app, "index", 2)
    assert len(app.error) == 1 and "02.png" in app.error[0].value  # the others go on
    assert explains(choose(app, "index", 3))


def test_a_link_opens_a_test_image_and_other_classes_are_never_called_wrong() -> None:
    app = opened(picture="shapes:17")
    assert query(app)["picture"] == "shapes:17" and "**half disc**" in text(app)
    assert t("explain_subjects.set.other_classes") in text(app)
    assert "explain_mistakes" not in {toggle.key for toggle in app.toggle}
    assert query(opened(picture="shapes:99999"))["picture"] == "shapes:0"
    assert explains(opened(picture="nothing:5"))


def test_a_folder_that_is_no_set_is_a_sentence(tmp_path: Path) -> None:
    app = choose(choose(opened(), "picture_kind", "test"), "set", "folder")
    for place in ("/no/such/folder", str(tmp_path)):
        (path,) = (box for box in app.text_input if box.key == "explain_set_path")
        sound(path.set_value(place).run())
        assert len(app.error) == 1 and place in app.error[0].value
    assert explains(choose(app, "set", "shapes"))


def file_of(folder: Path, labels: tuple[str, ...], classes: int = 0) -> bytes:
    """A network whose classes have these names; ``classes`` where they have none."""
    bundled = load_bundled(BUNDLED[0])
    spec = replace(bundled.spec, depths=(1, 1), dims=(8, 16), kernel_size=3)
    spec = replace(spec, num_classes=classes or len(labels))
    file = folder / "net.safetensors"
    save_net(build(spec, seed=0).eval(), spec, file, labels=labels)
    return file.read_bytes()


def test_a_class_is_kept_by_its_name_whatever_its_number(tmp_path: Path) -> None:
    labels = load_bundled(BUNDLED[0]).labels
    cat, ship = labels.index("cat"), labels.index("ship")
    app = choose(opened(), "class_of_10", ship)
    choose(app, "net_kind", "checkpoint")

    backwards = labels[::-1]  # as many classes, in another order
    give(app, "backwards.safetensors", file_of(tmp_path, backwards), file="weights")
    assert query(app)["class"] == str(backwards.index("ship"))
    strangers = tuple(f"thing {i}" for i in range(10))
    give(app, "strangers.safetensors", file_of(tmp_path, strangers), file="weights")
    assert "class" not in query(app)  # none of them is called so: what is predicted
    few = ("bird", "ship", "cat")
    give(app, "few.safetensors", file_of(tmp_path, few), file="weights")
    assert query(app)["class"] == "1"
    choose(app, "class_of_3", 2)
    choose(app, "net_kind", "bundled")
    assert query(app)["class"] == str(cat)
    choose(app, "class_of_10", explain_state.PREDICTED)
    choose(app, "net_kind", "checkpoint")
    assert "class" not in query(app)


def test_the_server_lets_in_what_the_page_says_it_takes() -> None:
    """A larger file is refused on its way, with no word of ours."""
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["server"]["maxUploadSize"] >= explain_networks.LARGEST_WEIGHTS
    assert f"{explain_networks.LARGEST_WEIGHTS} MB" in t("explain.pick.checkpoint_which")
    assert LARGEST_MB * 2**20 == LARGEST_FILE  # the uploader counts as the decoder does


def test_a_link_says_a_class_of_its_own_network() -> None:
    app = opened(net=BUNDLED[1], **{"class": "8"})
    assert query(app)["class"] == "8"
    choose(app, "bundled", BUNDLED[0])
    assert query(app)["class"] == "8"


def test_samples_that_the_network_knows_come_first() -> None:
    """CIFAR-10's ten classes have a cat, and nothing of the rest but cars for a motorcycle."""
    (box,) = (box for box in opened().selectbox if is_of("sample", str(box.key)))
    words = {name: t(sample.label) for name, sample in SAMPLES.items()}
    near = t("explain_subjects.sample.near", name=words["motorcycle"], label="automobile")
    assert box.options[:2] == [words["chelsea"], near]
    outside = [t("explain_subjects.sample.outside", name=name) for name in words.values()]
    assert len(box.options) == len(SAMPLES) and set(box.options[2:]) < set(outside)
