"""Export of a trained network: weights, ONNX, and a script that runs both without this package."""

import importlib.util
import re
import tempfile
from pathlib import Path
from string import Template

import torch
from torch import Tensor, nn

from convnext_viz.data.dataset import Dataset
from convnext_viz.nets import Preprocess, Pretrained, save_net, source
from convnext_viz.text import t
from convnext_viz.train.augment import normalize

WEIGHTS, ONNX, MODEL, SCRIPT, README = (
    "model.safetensors",
    "model.onnx",
    "model.py",
    "predict.py",
    "README.txt",
)
LARGEST = 1e-3  # difference that is still rounding
_PACKAGES = ("onnx", "onnxscript", "onnxruntime")
_CHECKED = 64  # test pictures at a time


def export(given: Pretrained, tests: Dataset) -> dict[str, bytes]:
    """Everything to take home, by file name: the weights (they open on the Explain page), the ONNX
    file, the network's source, a script that runs either, and what is what.

    The test pictures of ``tests`` are what the ONNX file is checked with. Raises ValueError where
    the packages that ONNX needs are missing, or its outputs are others.
    """
    onnx, difference = onnx_file(given, tests)
    return files(given, difference=difference) | {ONNX: onnx}


def files(given: Pretrained, *, difference: float | None = None) -> dict[str, bytes]:
    """The same without the ONNX file; ``difference`` is what :func:`onnx_file` found.

    Raises ValueError where the network reads other pictures than RGB ones.
    """
    if given.spec.in_chans != 3:
        raise ValueError(t("lab.export.channels", channels=given.spec.in_chans))
    code = source(given.spec)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / WEIGHTS
        save_net(
            given.net,
            given.spec,
            place,
            labels=given.labels,
            preprocess=given.preprocess,
            licence=given.licence,
            source=given.source,
        )
        weights = place.read_bytes()
    return {
        WEIGHTS: weights,
        MODEL: code.encode(),
        SCRIPT: script(given, code).encode(),
        README: _readme(given, difference).encode(),
    }


def onnx_file(given: Pretrained, tests: Dataset) -> tuple[bytes, float]:
    """The network as ONNX for batches of any size at the size of its images, and the largest
    difference of a logit on the test pictures, relative to the largest logit.

    ``images`` are (N, 3, H, W) float32, normalised, ``logits`` (N, classes). Raises ValueError that
    says what to install where packages are missing, and where the difference is not rounding.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(t("lab.export.packages", packages=" ".join(missing)))
    height, width = given.preprocess.image_size
    data = _onnx(given.net, height, width)
    x = normalize(tests.test_images, given.preprocess.mean, given.preprocess.std)
    if x.shape[2:] != (height, width):
        sizes = {"given": x.shape[-1], "needed": width}
        raise ValueError(t("lab.export.size", **sizes))
    difference = _difference(given.net, data, x)
    if not difference <= LARGEST:
        raise ValueError(t("lab.export.differs", difference=f"{difference:.2g}"))
    return data, difference


def _onnx(net: nn.Module, height: int, width: int) -> bytes:
    program = torch.onnx.export(
        net,
        (torch.zeros(2, 3, height, width),),
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ONNX
        program.save(str(file), external_data=False)
        return file.read_bytes()


def _difference(net: nn.Module, data: bytes, x: Tensor) -> float:
    """Largest of all logits' differences, relative to the largest logit."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    most, largest = 0.0, 1e-12
    for some in torch.split(x.contiguous(), _CHECKED):
        with torch.inference_mode():
            expected = net(some)
        (found,) = session.run(["logits"], {"images": some.numpy()})
        most = max(most, float((torch.from_numpy(found) - expected).abs().max()))
        largest = max(largest, float(expected.abs().max()))
    return most / largest


def script(given: Pretrained, code: str) -> str:
    """``predict.py``: reads picture files as the network's images were read, and prints the class
    of each and its probability; ``code`` is the network's source."""
    made = re.search(r"for p in (\w+)\(\)\.parameters\(\)", code)
    assert made is not None  # the last line of every source
    how, classes = given.preprocess, range(given.spec.num_classes)
    return Template(_SCRIPT).substitute(
        doc=t("lab.export.script"),
        network=made[1],
        classes=repr(list(given.labels or map(str, classes))),
        height=how.image_size[0],
        width=how.image_size[1],
        resized=_resized(how),
        resample=_resample(how),
        mean=repr(how.mean),
        std=repr(how.std),
    )


def _resized(how: Preprocess) -> str:
    """The size (height, width) before the crop, as ``data.preprocessing`` works it out."""
    height, width = (int(side / how.crop_fraction) for side in how.image_size)
    if how.crop_mode == "squash":
        return f"{height}, {width}"
    if height != width:
        ratio = f"min(image.height / {height}, image.width / {width})"
        return f"round(image.height / {ratio}), round(image.width / {ratio})"
    short, long = "min(image.size)", "max(image.size)"
    return (
        f"({height}, int({height} * {long} / {short})) if image.height <= image.width"
        f" else (int({height} * {long} / {short}), {height})"
    )


def _resample(how: Preprocess) -> str:
    if how.interpolation == "area":  # the average of pixels where the image shrinks
        return "Image.Resampling.BOX if high <= image.height else Image.Resampling.BICUBIC"
    return f"Image.Resampling.{how.interpolation.upper()}"


def _readme(given: Pretrained, difference: float | None) -> str:
    lines = [
        t("lab.export.what", name=given.spec.name, classes=", ".join(given.labels)),
        "",
        t("lab.export.weights", file=WEIGHTS),
        t("lab.export.model", file=MODEL),
        t("lab.export.predict", file=SCRIPT),
    ]
    if difference is not None:
        lines.append(t("lab.export.onnx", file=ONNX, difference=f"{difference:.1g}"))
    if given.licence:
        lines.append(t("lab.export.licence", licence=given.licence))
    return "\n".join(lines) + "\n"


_SCRIPT = '''"""$doc"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

CLASSES = $classes
HERE = Path(__file__).parent


def read(path):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    high, wide = $resized
    image = image.resize((wide, high), $resample)
    top, left = round((high - $height) / 2), round((wide - $width) / 2)
    image = image.crop((left, top, left + $width, top + $height))
    x = np.asarray(image, np.float32) / 255
    return ((x - np.float32($mean)) / np.float32($std)).transpose(2, 0, 1)[None]


def torch_network():
    import torch
    from model import $network, load_weights
    from safetensors.torch import load_file

    net = $network().eval()
    load_weights(net, load_file(HERE / "model.safetensors"))
    return lambda x: net(torch.from_numpy(x)).detach().numpy()


def onnx_network():
    import onnxruntime

    session = onnxruntime.InferenceSession(HERE / "model.onnx")
    return lambda x: session.run(None, {"images": x})[0]


paths = [one for one in sys.argv[1:] if one != "--onnx"]
network = onnx_network() if "--onnx" in sys.argv else torch_network()
for path in paths:
    scores = network(read(path))[0]
    chances = np.exp(scores - scores.max())
    best = int(scores.argmax())
    print(f"{path}\\t{CLASSES[best]}\\t{chances[best] / chances.sum():.4f}")
'''
