"""A lab among the files of release 0.1.0 (see ``make``): the folder as its workers left it.

Four runs: one finished, one whose arm diverged, one interrupted in its first seed by the end of its
worker, one queued. What names the machine they ran on is blanked in their rows; nothing is decided
by it.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from convnext_viz.train.recorded.export import export

from convnext_viz.plans import plan
from convnext_viz.specs import RESNET, NetSpec
from convnext_viz.train import DataSpec, Experiment, Lab, Recipe, grid, recorded, speeds
from tests.legacy.make import write
from tests.legacy.opening import Nobody
from tests.legacy.told import fields_of, plain, run_numbers, tensors_told

TINY = NetSpec(
    name="tiny",
    depths=(1, 1),
    dims=(4, 8),
    num_classes=10,
    patch_size=2,
    kernel_size=3,
    drop_path_rate=0.2,
    layer_scale=0.1,
)
V2 = replace(TINY, name="tiny v2", grn=True, layer_scale=None, norm="rms")
CLASSIC = replace(RESNET["resnet50"], name="corner", depths=(1, 1), dims=(4, 8), num_classes=10)
DATA = DataSpec(train=32, test=20, image_size=8)
RECIPE = Recipe(
    batch_size=8,
    epochs=3,
    warmup_epochs=1,
    lr=0.01,
    cutout=2,
    rand_augment=2.0,
    ema_decay=0.9,
)
FINISHED = Experiment(
    name="norms",
    arms=grid(TINY, {"norm": ["layer", "batch"]}),
    data=DATA,
    recipe=RECIPE,
    seeds=(0, 3),
    description="Does the norm matter?",
)
DIVERGED = replace(
    FINISHED,
    name="too fast",
    arms=(("fast", replace(TINY, norm="simple")),),
    recipe=replace(RECIPE, optimizer="sgd", lr=1e30, ema_decay=0.0, rand_augment=0.0),
    seeds=(0,),
)
INTERRUPTED = replace(FINISHED, name="interrupted", arms=(("V2", V2), ("tiny", TINY)), seeds=(1, 2))
QUEUED = replace(FINISHED, name="queued", arms=(("ResNet corner", CLASSIC), ("V2", V2)))


def make(files: Path) -> None:
    """The lab, what it says of its runs, and the recording of the finished one."""
    home = Path(tempfile.mkdtemp()) / "lab"
    hands = Lab(home)
    hands.places(1)
    finished = hands.submit(FINISHED, guess="LN")
    _until(lambda: hands.status(finished).state == "finished")
    hands.pin(finished)
    hands.rename(finished, "norms, renamed 改名")
    diverged = hands.submit(DIVERGED)
    _until(lambda: hands.status(diverged).state == "finished")

    nobody = Lab(home, workplace=Nobody())
    hands.close()
    _until(lambda: not _workers(hands))
    interrupted = nobody.submit(INTERRUPTED, guess="-")
    nobody.pause(interrupted)
    for step in range(1, 6):  # a run that is held is kept at most once a second
        hands.step(interrupted, "batch")
        _until(lambda step=step: hands.status(interrupted).step == step)
        _until(lambda: hands.status(interrupted).state == "paused")
        time.sleep(1.5)
    hands.close()
    _until(lambda: hands.status(interrupted).state == "interrupted")
    _until(lambda: not _workers(hands))
    queued = nobody.submit(QUEUED)
    nobody.warm(DATA, seconds=0)
    _speeds(nobody)
    _blank(home)
    shutil.rmtree(files / "lab", ignore_errors=True)
    # Not its log of what was written, which is empty, nor what its workers had to say.
    shutil.copytree(home, files / "lab", ignore=shutil.ignore_patterns("*-wal", "*-shm", "*.log"))
    (files / "recorded").mkdir(exist_ok=True)
    export(nobody, finished, files / "recorded" / "norms.safetensors", pictures="drawn shapes")
    _tell(files, {"finished": finished, "diverged": diverged} | {
        "interrupted": interrupted,
        "queued": queued,
    })  # fmt: skip


def _tell(files: Path, ids: dict[str, str]) -> None:
    """What release 0.1.0 says of the files, looking at a copy."""
    home = Path(tempfile.mkdtemp()) / "lab"
    shutil.copytree(files / "lab", home)
    shutil.copytree(files / "recorded", home / "recorded")
    lab = Lab(home, workplace=Nobody())
    told = {"runs": {name: run_numbers(lab, run) for name, run in ids.items()}}
    told["order"] = [run.id for run in lab.runs()]
    told["remembered"] = fields_of(
        lab.remembered(), ("kind", "path", "train", "test", "image_size")
    )
    told["places"] = lab.places()
    x = torch.from_numpy(np.random.default_rng(0).random((2, 3, 8, 8), np.float32))
    np.save(files / "lab.input.npy", x.numpy())
    told["networks"] = []
    for name, label, seed in (
        *(("finished", arm, seed) for arm in ("LN", "BN") for seed in (0, 3)),
        ("diverged", "fast", 0),
        *(("interrupted", arm, 1) for arm in ("V2", "tiny")),
    ):
        net = lab.network(ids[name], label, seed)
        found = {"run": name, "label": label, "seed": seed, "logits": net.net(x).tolist()}
        found["tensors"] = tensors_told(net.net.state_dict())
        found["preprocess"] = plain([net.preprocess.mean, net.preprocess.image_size])
        told["networks"].append(found)
    with lab.store.reading() as db:
        told["speeds"] = [list(row) for row in db.execute("SELECT * FROM speeds ORDER BY key")]
    write("lab.expected.json", told)

    os.environ["CONVNEXT_VIZ_HOME"] = str(home)
    about = recorded.about("recorded-norms")
    names = ("data", "at", "seconds", "duration", "every", "looks", "classes")
    numbers = run_numbers(lab, "recorded-norms")
    write(
        "recorded.expected.json",
        {"about": fields_of(about, names), "runs": numbers, "environment": about.environment},
    )

    # What it comes to where it is taken up again.
    lab.pause(ids["queued"])
    hands = Lab(home)
    hands.resume(ids["interrupted"])
    _until(lambda: hands.status(ids["interrupted"]).state == "finished")
    hands.close()
    numbers = run_numbers(lab, ids["interrupted"])
    write("resumed.expected.json", {name: numbers[name] for name in ("curves", "confusions")})


def _speeds(lab: Lab) -> None:
    """Speeds as rows: of an arm, of its batches, and one that was asked for and not measured."""
    questions = [
        (speeds.asked(TINY, RECIPE, image_size=8, threads=1), 0.0125),
        (speeds.asked_of_batches(RECIPE, image_size=8, threads=1), 0.0005),
        (speeds.asked(V2, RECIPE, image_size=8, threads=1), None),
    ]
    with lab.store.writing() as db:
        db.execute("DELETE FROM speeds")
        for question, seconds in questions:
            macs = 3 * plan(TINY, 8).macs * RECIPE.batch_size if "spec" in question else 0
            speeds.ask(db, question, macs)
            at = (seconds, speeds.key(question))
            db.execute("UPDATE speeds SET seconds = ? WHERE key = ?", at)


def _blank(home: Path) -> None:
    """Takes out what names the machine, and what was deleted from the file's pages."""
    db = sqlite3.connect(home / "lab.sqlite", isolation_level=None)
    rows = db.execute("SELECT number, environment FROM environments").fetchall()
    for number, text in rows:
        told = json.loads(text) | {"label": "", "system": "Linux", "commit": ""}
        db.execute("UPDATE environments SET environment = ? WHERE number = ?",
                   (json.dumps(told), number))  # fmt: skip
    assert not db.execute("SELECT count(*) FROM workers").fetchone()[0]
    db.execute("VACUUM")
    assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    db.close()


def _workers(lab: Lab) -> int:
    with lab.store.reading() as db:
        return int(db.execute("SELECT count(*) FROM workers").fetchone()[0])


def _until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 180, "it never came"
        time.sleep(0.1)
