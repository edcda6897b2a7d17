"""The official files' names, checksums and format, on small stand-ins: torchvision compares the
checksums, so they are those of the files made here."""

import hashlib
import pickle
import tarfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torchvision import datasets

from convnext_viz.data import Dataset, DataSpec, cifar10, cifar100, cifar_batches, load

NAMES = [f"class {i}" for i in range(10)]


def write(path, entry, protocol=2):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(entry, protocol=protocol))
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def ten(tmp_path):
    """(folder, images, labels, checksums) of a small CIFAR-10 in the official format."""
    gen = np.random.default_rng(0)
    images = gen.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8)
    labels = gen.integers(0, 10, 60).tolist()
    base = tmp_path / "cifar-10-batches-py"
    files = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    sums = {}
    for i, name in enumerate(files):
        part = slice(10 * i, 10 * i + 10)
        entry = {"data": images[part].reshape(10, -1), "labels": labels[part]}
        sums[name] = write(base / name, entry)
    sums["batches.meta"] = write(base / "batches.meta", {"label_names": NAMES})
    return tmp_path, images, labels, sums


@pytest.fixture
def official(ten, monkeypatch):
    """The same, taken for the official files: torchvision knows their checksums."""
    folder, images, labels, sums = ten
    kind = datasets.CIFAR10
    known = [[name, sums[name]] for name, _ in kind.train_list]
    monkeypatch.setattr(kind, "train_list", known)
    monkeypatch.setattr(kind, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": sums["batches.meta"]})
    return folder, images, labels


@pytest.mark.parametrize(
    "read", [cifar10, lambda folder: cifar_batches(folder / "cifar-10-batches-py")]
)
def test_pictures_and_labels_are_the_files(official, read):
    folder, images, labels = official
    data = read(folder)
    assert data.name == "CIFAR-10"
    assert data.classes == tuple(NAMES)
    np.testing.assert_array_equal(data.train_images.numpy(), images[:50])
    np.testing.assert_array_equal(data.test_images.numpy(), images[50:])
    assert torch.cat([data.train_labels, data.test_labels]).tolist() == labels
    assert data.train_images.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(data.mean, images[:50].mean((0, 2, 3)) / 255, rtol=1e-9)


def test_a_missing_set_says_what_to_do(tmp_path):
    for read in (cifar10, cifar100):
        with pytest.raises(ValueError, match="download=True"):
            read(tmp_path)


class Bomb:
    def __reduce__(self):
        return eval, ("1/0",)


def test_a_changed_file_is_not_even_opened(official):
    folder, _, _ = official
    write(folder / "cifar-10-batches-py" / "data_batch_3", Bomb())
    with pytest.raises(ValueError, match="checksum"):
        cifar10(folder)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_the_free_reader_makes_arrays_only(ten, protocol):
    base = ten[0] / "cifar-10-batches-py"
    write(base / "data_batch_3", Bomb(), protocol)
    with pytest.raises(ValueError, match=r"data_batch_3.*eval"):
        cifar_batches(base)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda base: (base / "test_batch").unlink(),
        lambda base: (base / "test_batch").write_bytes((base / "test_batch").read_bytes()[:500]),
        lambda base: write(base / "test_batch", ["a", "list"]),
        lambda base: write(base / "test_batch", {"data": np.zeros((2, 7)), "labels": [0, 1]}),
        lambda base: write(base / "test_batch", {"data": np.zeros((2, 3072)), "labels": [0]}),
        lambda base: write(base / "test_batch", {"data": np.zeros((2, 3072))}),
        lambda base: (base / "batches.meta").unlink(),
        lambda base: write(base / "batches.meta", {}),
        lambda base: [f.unlink() for f in base.glob("data_batch_*")],
    ],
)
def test_a_broken_folder_is_explained(ten, spoil):
    base = ten[0] / "cifar-10-batches-py"
    spoil(base)
    with pytest.raises(ValueError, match=r"CIFAR|test_batch .*3072"):
        cifar_batches(base)


def test_a_hundred_classes(tmp_path):
    images = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
    for name in ("train", "test"):
        entry = {"data": images, "fine_labels": [99, 3], "coarse_labels": [0, 0]}
        write(tmp_path / name, entry)
    write(tmp_path / "meta", {"fine_label_names": [str(i) for i in range(100)]})
    data = cifar_batches(tmp_path)
    assert data.name == "CIFAR-100"
    assert len(data.classes) == 100
    assert data.test_labels.tolist() == [99, 3]


@pytest.mark.parametrize("damaged", [False, True])
def test_download_checks_unpacks_and_reads(official, tmp_path, server, monkeypatch, damaged):
    folder, images, _ = official
    archive = tmp_path / "made.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder / "cifar-10-batches-py", "cifar-10-batches-py")
    content = archive.read_bytes()
    monkeypatch.setattr(datasets.CIFAR10, "url", server.serve("/cifar.tar.gz", content))
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(content).hexdigest())
    elsewhere = tmp_path / "elsewhere"
    if damaged:
        (elsewhere / "cifar-10-batches-py").mkdir(parents=True)
        (elsewhere / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"half")
    seen = []
    data = cifar10(
        elsewhere, download=True, progress=lambda done, total: seen.append((done, total))
    )
    np.testing.assert_array_equal(data.test_images.numpy(), images[50:])
    assert seen[-1] == (len(content), len(content))
    assert [entry.name for entry in elsewhere.iterdir()] == ["cifar-10-batches-py"]
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/gone")
    cifar10(elsewhere, download=True)  # it is there: nothing is asked of the network


def test_a_wrong_archive_is_not_unpacked(tmp_path, server, monkeypatch):
    monkeypatch.setattr(datasets.CIFAR10, "url", server.serve("/wrong.tar.gz", b"surprise"))
    with pytest.raises(ValueError, match="checksum"):
        cifar10(tmp_path, download=True)
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_presses_the_button_together_loads_it_once(
    official, tmp_path, server, monkeypatch
):
    folder, images, _ = official
    archive = tmp_path / "made.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder / "cifar-10-batches-py", "cifar-10-batches-py")
    content = archive.read_bytes()
    monkeypatch.setattr(datasets.CIFAR10, "url", server.serve("/cifar.tar.gz", content))
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(content).hexdigest())
    data, last_seen = DataSpec(kind="cifar10", path=str(tmp_path / "elsewhere")), []

    def press(_):
        return load(data, download=True, progress=lambda *counts: last_seen.append(counts))

    with ThreadPoolExecutor(5) as visitors:
        found = list(visitors.map(press, range(5)))
    assert server.ranges_requested == [None]
    for one in found:
        np.testing.assert_array_equal(one.test_images.numpy(), images[50:])
    assert max(last_seen) == (len(content), len(content))


@pytest.mark.parametrize(
    "stored",
    [
        lambda x: x,
        lambda x: x.transpose(0, 2, 3, 1),
        lambda x: x.astype(np.int64),
        lambda x: x.reshape(len(x), -1).astype(np.float32),
    ],
    ids=["NCHW", "NHWC", "int64", "float rows"],
)
def test_the_layout_of_an_array_is_seen(ten, stored):
    folder, images, labels, _ = ten
    base = folder / "cifar-10-batches-py"
    write(base / "test_batch", {"data": stored(images[50:]), "labels": labels[50:]})
    np.testing.assert_array_equal(cifar_batches(base).test_images.numpy(), images[50:])


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"data": np.random.default_rng(0).random((2, 3072)), "labels": [0, 1]}, "0 to 255"),
        ({"data": np.full((2, 3, 32, 32), -1.5), "labels": [0, 1]}, "-1.5"),
        ({"data": np.full((2, 3072), 256), "labels": [0, 1]}, "256"),
        ({"data": np.zeros((2, 28, 28, 3)), "labels": [0, 1]}, "28, 28, 3"),
        ({"data": np.full((2, 3072), "a"), "labels": [0, 1]}, "0 to 255"),
        ({"data": np.full((2, 3072), np.nan), "labels": [0, 1]}, "nan"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [0, 10]}, "0 to 9"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [-1, 1]}, "from -1"),
        ({"data": np.zeros((2, 3072), np.uint8), "labels": [0.5, 1.0]}, "float32"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_values_that_are_no_images_and_labels_that_are_no_classes_are_said(ten, entry, words):
    base = ten[0] / "cifar-10-batches-py"
    write(base / "test_batch", entry)
    with pytest.raises(ValueError, match=words):
        cifar_batches(base)


@pytest.mark.parametrize(
    "change",
    [
        {"train_images": torch.zeros(4, 8, 8, 3, dtype=torch.uint8)},
        {"test_images": torch.zeros(4, 3, 8, 8)},
        {"train_labels": torch.tensor([0, 1, 2, 3])},
        {"test_labels": torch.tensor([0, 1])},
        {"train_labels": torch.tensor([0.0, 1, 0, 1])},
    ],
)
def test_a_data_set_of_ones_own_is_looked_at(change):
    images, labels = torch.zeros(4, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1])
    sound = {"train_images": images, "test_images": images}
    sound |= {"train_labels": labels, "test_labels": labels, "mean": (0,) * 3, "std": (1,) * 3}
    Dataset(name="own", classes=("a", "b"), **sound)
    with pytest.raises(ValueError, match=r"shape|labels"):
        Dataset(name="own", classes=("a", "b"), **(sound | change))
