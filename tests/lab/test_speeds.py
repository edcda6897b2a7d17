"""Measured speeds belong to the machine they were measured on."""

import dataclasses
import json
import sqlite3

import pytest

from convnext_viz.lab import Lab, speeds
from convnext_viz.lab.store import NAME, schema
from convnext_viz.train import Recipe, devices
from tests.lab.forked import DATA, experiment, until


class Nobody:
    """A place where no worker is ever started."""

    def start(self, home, worker):
        raise OSError

    def stop(self, process):
        raise OSError

    def alive(self, process):
        return True


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return Lab(tmp_path, launcher=Nobody())


def measured(lab, requested):
    """The estimate after every open question of this machine was answered."""
    lab.estimate(requested)
    while speeds.measure_next(lab.store):
        pass
    return lab.estimate(requested)


def test_another_machines_seconds_are_not_quoted(alone, monkeypatch):
    requested = experiment()
    assert measured(alone, requested).measured
    monkeypatch.setattr(devices, "processor", lambda: "another processor")
    fresh = alone.estimate(requested)
    assert not fresh.measured and fresh.seconds is None  # not even as rough ones
    assert measured(alone, requested).measured
    monkeypatch.undo()
    assert alone.estimate(requested).measured  # the first one's are still known


def test_cores_count_and_a_machines_name_does_not(monkeypatch):
    before = devices.hardware()
    assert devices.processor() in before
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert devices.hardware() == before
    monkeypatch.setattr(devices, "cores", lambda: 97)
    assert "97 cores" in devices.hardware() != before


def test_a_question_is_for_a_worker_of_its_own_machine(alone, monkeypatch):
    alone.estimate(experiment())
    monkeypatch.setattr(devices, "cores", lambda: 97)
    assert not speeds.measure_next(alone.store)
    monkeypatch.undo()
    assert speeds.measure_next(alone.store)


def test_speeds_of_an_older_database_are_measured_anew(alone):
    requested = experiment()
    data = {"spec": {}, "threads": 1}
    db = sqlite3.connect(alone.home / NAME)
    for script in schema.MIGRATIONS[:2]:
        db.executescript(script)
    db.execute("PRAGMA user_version = 2")
    db.execute("INSERT INTO speeds VALUES ('k', ?, 0.5, 1000)", (json.dumps(data),))
    db.execute("INSERT INTO settings VALUES ('limit', '3')")
    db.commit()
    db.close()
    assert alone.places() == 3  # it opens
    given = alone.estimate(requested)
    assert given.seconds is None and not given.measured
    assert measured(alone, requested).measured


def test_the_estimate_counts_once_what_all_arms_share(lab):
    plain = experiment(recipe=Recipe(batch_size=48, epochs=2, warmup_epochs=0))
    more = dataclasses.replace(plain.recipe, rand_augment=9.0, rand_augment_ops=20)
    busy = dataclasses.replace(plain, recipe=more)
    assert not lab.estimate(plain).measured and not lab.estimate(busy).measured
    lab.warm(DATA)
    until(lambda: lab.estimate(busy).measured)
    without, given = lab.estimate(plain), lab.estimate(busy)
    assert without.batches == 0 < given.batches
    assert [arm.seconds for arm in given.arms] == [arm.seconds for arm in without.arms]
    assert given.seconds == pytest.approx(without.seconds + given.batches)
