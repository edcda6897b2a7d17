"""The weights of a run: which are stored, and what is said of those that are no more."""

import shutil

import pytest
import torch

from convnext_viz.lab import checkpoints
from tests.lab.forked import ended, experiment, until
from tests.lab.test_lab import QUICK


def test_weights_after_a_step_or_a_sentence(lab):
    requested = experiment(recipe=QUICK, seeds=(0, 3))
    assert lab.checkpoint_steps("nobody") == {}
    run = lab.submit(requested)
    until(lambda: ended(lab, run))
    saved = lab.checkpoint_steps(run)
    assert saved == {0: lab.status(run).total, 3: lab.status(run).total}
    label = requested.arms[0].label

    def look(step):
        return lab.network(run, label, 3, step=step)

    assert look(saved[3]).spec == requested.arms[0].spec
    newest = lab.network(run, label).net.state_dict()
    for name, tensor in look(saved[3]).net.state_dict().items():
        assert torch.equal(tensor, newest[name])
    later(lab, run, 3, saved[3] + 50)
    assert lab.checkpoint_steps(run)[3] == saved[3] + 50
    with pytest.raises(ValueError, match=f"{saved[3]} steps no longer exist"):
        look(saved[3])
    assert look(saved[3] + 50).spec == requested.arms[0].spec


def later(lab, run, seed, step):
    """What a worker does when it keeps newer weights: a file, its row, the older ones away."""
    with lab.store.writing() as db:
        where = (run, seed)
        (name,) = db.execute(
            "SELECT file FROM checkpoints WHERE run = ? AND seed = ?", where
        ).fetchone()
        folder = checkpoints.folder(lab.home, run)
        shutil.move(folder / name, folder / f"{seed}-{step}.safetensors")
        db.execute(
            "UPDATE checkpoints SET step = ?, file = ? WHERE run = ? AND seed = ?",
            (step, f"{seed}-{step}.safetensors", *where),
        )
