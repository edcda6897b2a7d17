"""What is saved of a map: read back by NumPy and pandas, and made again from its manifest."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas
import torch
from torch.nn.functional import interpolate

from convnext_viz.data import preprocess, sample_image
from convnext_viz.explain import class_activation_maps, csv, manifest, reproduce, save
from convnext_viz.nets import BUNDLED, load_bundled


def test_saved_and_read_back(tmp_path: Path) -> None:
    model, photo = load_bundled(BUNDLED[0]), sample_image("chelsea")
    x, _ = preprocess(photo, model.preprocess)
    shown, silent = class_activation_maps(
        model.net, x, 3, contrast=5, stages=("stage1",), methods=("grad_cam", "hires_cam")
    )
    made_of = manifest(shown, photo, model, network=("bundled", BUNDLED[0]), picture="chelsea")
    files = save(shown, tmp_path / "new", manifest=made_of, input=x[0].numpy())
    assert [file.name for file in files] == [
        f"grad_cam-stage1-3-5.{ending}" for ending in ("npz", "csv", "json")
    ]
    arrays = np.load(files[0])
    np.testing.assert_array_equal(arrays["map"], shown.values)
    np.testing.assert_array_equal(arrays["input"], x[0])
    fine = interpolate(torch.tensor(shown.values)[None, None], size=(32, 32), mode="bilinear")
    np.testing.assert_allclose(arrays["enlarged"], fine[0, 0], atol=1e-6)
    assert str(arrays["nothing"]) == "" and float(arrays["remaining"]) == shown.remaining
    table = pandas.read_csv(files[1], header=None).to_numpy()
    np.testing.assert_allclose(table, shown.values, rtol=1e-5)
    np.testing.assert_allclose(reproduce(files[2]).values, shown.values, atol=1e-6)
    assert silent.nothing == "cancelled" and csv(silent).startswith("# nothing to see: cancelled")
    cells = np.loadtxt(StringIO(csv(silent)), delimiter=",")
    np.testing.assert_allclose(cells, silent.values, rtol=1e-5)
    told = manifest(silent, photo, model, network=("bundled", BUNDLED[0]))["map"]
    assert told["nothing"] == "cancelled" and told["remaining"] == silent.remaining
