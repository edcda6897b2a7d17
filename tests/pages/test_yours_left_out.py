"""What is not taken into a set is said: files without room, folders beside an archive's halves."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from convnext_viz.data import own_sets
from convnext_viz.lab.rights import HERE
from convnext_viz.text import LANGUAGES, t, use_language
from tests.pages.visits import quiet
from tests.pages.yours_page import files, opened, words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_taken_in_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    monkeypatch.setattr("convnext_viz.data.own_sets.adding.MOST_PICTURES", 4)
    made = own_sets.create("Kitchen", owner=HERE).id
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for start, folder in ((0, "train"), (3, "test"), (6, "notes")):
            for name, content in files("cup", 3, start):
                out.writestr(f"{folder}/cup/{name}", content)
    with use_language(lang):  # AppTest asks for the words of options here
        app = opened(set=made, lang=lang)
        app.segmented_control(key="yours_way").set_value("zip").run()
        (uploader,) = app.file_uploader
        quiet(uploader.set_value(("set.zip", archive.getvalue(), "application/zip")).run())
        (found,) = own_sets.listing()
        assert len(found.pictures) == 4
        assert t("train_page.data.unused", folders="notes") in words(app)
        full = t("yours.add.full", count=2, names="")
        assert full[: full.index("2") + 1] in words(app)
