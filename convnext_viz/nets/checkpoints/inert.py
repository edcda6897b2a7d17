"""Python objects that training scripts save beside the weights, as stand-ins that do nothing.

``torch.load(weights_only=True)`` makes objects of classes on its list alone. The classes below are
bags of values, numbers of numpy, paths and dates: wherever a file names one of them it gets a
stand-in of this module, so that nothing is imported and nothing of theirs is run. Any other class
or function stays refused.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch


class Value:
    """Stands for a number, a path, a type: what it was made of is forgotten."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


class Namespace:
    """Stands for an object that holds values by name, such as argparse's: ``vars`` of it are those
    values."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None:
        if isinstance(state, Mapping):
            vars(self).update({name: v for name, v in state.items() if isinstance(name, str)})


class _Mapping:
    """Stands for kinds of dict: torch fills in no other than its own."""

    def __new__(cls, *_: object) -> OrderedDict[Any, Any]:  # type: ignore[misc]
        return OrderedDict()


class _Sequence:
    """Stands for kinds of list."""

    def __new__(cls, *_: object) -> list[Any]:  # type: ignore[misc]
        return []


_STAND_INS: Mapping[type, str] = {
    Namespace: """
        argparse.Namespace types.SimpleNamespace
        omegaconf.dictconfig.DictConfig omegaconf.listconfig.ListConfig
        omegaconf.base.ContainerMetadata omegaconf.base.Metadata omegaconf.nodes.AnyNode
        omegaconf.nodes.StringNode omegaconf.nodes.IntegerNode omegaconf.nodes.FloatNode
        omegaconf.nodes.BooleanNode
        mmengine.logging.history_buffer.HistoryBuffer mmengine.config.config.Config
        mmcv.utils.config.Config""",
    _Mapping: """
        collections.defaultdict yacs.config.CfgNode fvcore.common.config.CfgNode
        easydict.EasyDict addict.addict.Dict munch.Munch ml_collections.config_dict.ConfigDict
        mmengine.config.config.ConfigDict mmcv.utils.config.ConfigDict
        pytorch_lightning.utilities.parsing.AttributeDict
        lightning.pytorch.utilities.parsing.AttributeDict
        lightning.fabric.utilities.data.AttributeDict
        lightning_fabric.utilities.data.AttributeDict""",
    _Sequence: "collections.deque",
    Value: """
        numpy.dtype numpy.ndarray numpy.core.multiarray.scalar numpy._core.multiarray.scalar
        numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct
        numpy.dtypes.Float64DType numpy.dtypes.Float32DType numpy.dtypes.Float16DType
        numpy.dtypes.Int64DType numpy.dtypes.Int32DType numpy.dtypes.BoolDType
        numpy.float64 numpy.float32 numpy.float16 numpy.int64 numpy.int32 numpy.uint8 numpy.bool_
        pathlib.Path pathlib.PosixPath pathlib.WindowsPath pathlib.PurePath pathlib.PurePosixPath
        pathlib.PureWindowsPath pathlib._local.Path pathlib._local.PosixPath
        pathlib._local.WindowsPath pathlib._local.PurePath pathlib._local.PurePosixPath
        pathlib._local.PureWindowsPath
        datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone
        decimal.Decimal fractions.Fraction uuid.UUID typing.Any
        builtins.dict builtins.list builtins.tuple builtins.frozenset builtins.int builtins.float
        builtins.str builtins.bool builtins.bytes builtins.object builtins.slice builtins.range
        builtins.getattr
        torch.torch_version.TorchVersion torch.memory_format torch.random.Generator
        torch.optim.lr_scheduler.OneCycleLR torch.optim.swa_utils.SWALR""",
}
"""``getattr`` is how old pickles name a method; it is not called: its stand-in takes its place."""

_ALLOWED: list[Any] = [(of, name) for of, names in _STAND_INS.items() for name in names.split()]
_one_at_a_time = threading.Lock()  # torch's list is the whole process's


@contextmanager
def stand_ins() -> Iterator[None]:
    """Within it, torch takes the stand-ins for the classes that they stand for."""
    with _one_at_a_time, torch.serialization.safe_globals(_ALLOWED):
        yield
