"""The runs of the lab that a visitor may look at, and what they may do with one.

Pages reach runs through here alone: of another visitor's run they say what they say of one that
does not exist.
"""

from convnext_viz.data import own_sets
from convnext_viz.lab import Run, rights
from convnext_viz.lab.runs import no_run
from convnext_viz.train import Experiment
from convnext_viz.ui.lab import lab
from convnext_viz.ui.visitor import quota, visitor


def runs() -> tuple[Run, ...]:
    """The visitor's own runs, shared ones and the recorded ones; for a teacher all."""
    who = visitor()
    return tuple(run for run in lab().runs() if rights.sees(run, who.id, who.teacher))


def status(run: str, *, moment: float | None = None) -> Run:
    """One run as it stands; raises ValueError where there is none that the visitor may see."""
    who, found = visitor(), lab().status(run, moment=moment)
    if not rights.sees(found, who.id, who.teacher):
        raise no_run(run)
    return found


def may_see(run: str) -> bool:
    """Whether there is such a run, and the visitor may look at it."""
    try:
        status(run)
    except ValueError:
        return False
    return True


def may_change(run: Run) -> bool:
    """Whether the visitor may steer, annotate and delete it; nobody can change a recorded one."""
    who = visitor()
    return not run.recorded and rights.may(run.owner, who.id, who.teacher)


def submit(experiment: Experiment, *, guess: str = "") -> str:
    """Queue a run of the visitor's own; raises ValueError where they have used up their quota."""
    who, data = visitor(), experiment.data
    if data.kind == "own" and not rights.may(own_sets.read(data.path).owner, who.id, who.teacher):
        raise own_sets.missing()
    return lab().submit(experiment, guess=guess, owner=who.id, quota=quota())


def check_again(run: Run) -> None:
    """Before a run goes on: raises ValueError where the visitor has used up their quota."""
    with lab().store.reading() as db:
        rights.check_again(db, run.id, quota())


def check_space() -> None:
    """Before a visitor stores images: raises ValueError where they have used up their quota."""
    allowed = quota()
    if allowed is not None:
        rights.check_disk(taken(), allowed)


def taken() -> int:
    """Bytes that the visitor's own runs take."""
    with lab().store.reading() as db:
        return rights.taken(db, visitor().id)
