"""Finds what makes a training step wait for the device, without a GPU.

``train_epoch`` of a project is run for a few batches on the CPU, where nothing ever waits. What
would wait on a GPU is told by following the tensors that would be there: weights, buffers, state of
the optimizer, batches, what is made with ``device=`` or moved with ``.to(device)``, and whatever is
computed from them. Reading one of these on the host is a wait, and so is a collective operation
without ``async_op=True``.
"""

import ast
import functools
import itertools
import json
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WATCHED = "train_epoch"
LOADERS = {"TrainingLoader": "batches", "EvaluationLoader": "__iter__"}
SCALAR = ".item(), float(), int() or bool()"
# What an operation that needs its result on the host is called in a project.
READS = {
    "_local_scalar_dense": SCALAR,
    "is_nonzero": SCALAR,
    "equal": "torch.equal",
    "nonzero": "nonzero, or where with one argument",
    "masked_select": "masked_select",
    "bincount": "bincount",
    "_unique2": "unique",
    "unique_dim": "unique",
    "unique_consecutive": "unique_consecutive",
}
BY_MASK = ("index", "index_put_", "index_put", "_index_put_impl_")
FACTORIES = (
    *("tensor", "as_tensor", "zeros", "ones", "full", "empty", "arange", "linspace", "eye"),
    *("rand", "randn", "randint", "randperm"),
)
COLLECTIVES = (
    *("all_reduce", "all_gather", "all_gather_into_tensor", "all_to_all", "all_to_all_single"),
    *("broadcast", "gather", "reduce", "reduce_scatter", "reduce_scatter_tensor", "scatter"),
    *("barrier", "monitored_barrier", "send", "recv"),
    *("all_gather_object", "broadcast_object_list", "gather_object", "scatter_object_list"),
)


class Watch(TorchDispatchMode):
    """Follows the tensors of the device while it is entered, and notes who reads one.

    Attributes:
        project: Folder of the project, of which places are noted.
        found: Where something waits, and for what.
    """

    def __init__(self, project: Path) -> None:
        """Follow nothing yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.project = project
        self.found: dict[str, None] = {}
        self._watching = False
        # A storage that is followed is not used again for another one, even after its end.
        self._on_device: dict[int, StorageWeakRef] = {}

    def __enter__(self) -> "Watch":
        """Begin to watch."""
        super().__enter__()  # type: ignore[no-untyped-call]
        self._watching = True
        return self

    def __exit__(self, *error: Any) -> None:
        """Stop watching."""
        self._watching = False
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Watch nothing meanwhile."""
        before, self._watching = self._watching, False
        try:
            yield
        finally:
            self._watching = before

    @property
    def is_watching(self) -> bool:
        """Whether a read or a wait now would be one of a training step."""
        return self._watching

    def follow(self, values: Any) -> None:
        """Take all tensors among values for ones of the device."""
        for value in tree_leaves(values):
            if isinstance(value, Tensor) and value.layout == torch.strided:
                reference = StorageWeakRef(value.untyped_storage())
                self._on_device.setdefault(reference.cdata, reference)

    def follows(self, values: Any) -> bool:
        """Tell whether any tensor among values is one of the device."""
        return any(
            isinstance(value, Tensor)
            and value.layout == torch.strided
            and value.untyped_storage()._cdata in self._on_device
            for value in tree_leaves(values)
        )

    def note(self, what: str) -> None:
        """Note that the project waits, by the innermost line of its own."""
        frame: types.FrameType | None = sys._getframe()
        while frame and not Path(frame.f_code.co_filename).is_relative_to(self.project):
            frame = frame.f_back
        place = "a place outside the project"
        if frame:
            path = Path(frame.f_code.co_filename).relative_to(self.project)
            place = f"{path.as_posix()}:{frame.f_lineno}"
        self.found[f"{place} ({what})"] = None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation; what comes from the device stays there."""
        kwargs = kwargs or {}
        with_device = self.follows((args, kwargs))
        if with_device and self._watching and (what := _read_by(func, args, kwargs)):
            self.note(what)
        result = func(*args, **kwargs)
        if with_device:
            self.follow((result, _written_by(func, args, kwargs)))
        return result


def _read_by(operation: Any, args: Any, kwargs: Any) -> str:
    """Return what reads a tensor of the device in an operation, empty if nothing does."""
    name = operation._schema.name.removeprefix("aten::")
    if name == "repeat_interleave" and kwargs.get("output_size") is None:
        return "repeat_interleave without output_size"
    if name in BY_MASK and _by_mask(args):
        return "indexing with a mask; use torch.where or masked_fill"
    return READS.get(name, "")


def _by_mask(args: Any) -> bool:
    """Tell whether an index is a mask, unless one number is written, which needs no index."""
    masks = any(isinstance(i, Tensor) and i.dtype in (torch.bool, torch.uint8) for i in args[1])
    return masks and not (len(args) > 2 and args[2].numel() == 1)


def _written_by(operation: Any, args: Any, kwargs: Any) -> list[Any]:
    """Return the arguments that an operation changes in place."""
    names = [argument.name for argument in operation._schema.arguments]
    values = {**dict(zip(names, args, strict=False)), **kwargs}
    return [
        values[argument.name]
        for argument in operation._schema.arguments
        if argument.alias_info and argument.alias_info.is_write and argument.name in values
    ]


def _patch(watch: Watch) -> None:
    """Let the functions that a real device would make wait tell the watch of it.

    It lasts: who calls this is a process of its own.
    """
    for name, what in (("cpu", ".cpu()"), ("numpy", ".numpy()"), ("tolist", ".tolist()")):
        setattr(Tensor, name, _reading(watch, getattr(Tensor, name), what))
    Tensor.to = _moving(watch, Tensor.to)  # type: ignore[method-assign]
    for name in FACTORIES:
        setattr(torch, name, _making(watch, getattr(torch, name)))
    one_hot = nn.functional.one_hot
    nn.functional.one_hot = _unread(watch, one_hot)
    for name in COLLECTIVES:
        if hasattr(dist, name):
            setattr(dist, name, _collective(watch, getattr(dist, name)))


def _reading(watch: Watch, method: Callable[..., Any], what: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def read(tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
        if watch.is_watching and watch.follows(tensor):
            watch.note(what)
        with watch.paused():
            return method(tensor, *args, **kwargs)

    return read


def _moving(watch: Watch, method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """As on a GPU, ``.to(device)`` gives another tensor, and ``.to("cpu")`` waits for it."""

    @functools.wraps(method)
    def to(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        target = kwargs.get("device", args[0] if args else None)
        result = method(tensor, *args, **kwargs)
        if not watch.is_watching:
            return result
        if target == "cpu" and watch.follows(tensor) and not kwargs.get("non_blocking"):
            watch.note('.to("cpu")')
        elif isinstance(target, torch.device) and not watch.follows(tensor):
            result = result.clone() if result is tensor else result
            watch.follow(result)
        return result

    return to


def _making(watch: Watch, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    @functools.wraps(function)
    def make(*args: Any, **kwargs: Any) -> Tensor:
        result = function(*args, **kwargs)
        if watch.is_watching and isinstance(kwargs.get("device"), torch.device):
            watch.follow(result)
        return result

    return make


def _unread(watch: Watch, one_hot: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """With the number of classes, ``one_hot`` reads its input on a CPU and on no GPU."""

    @functools.wraps(one_hot)
    def encode(tensor: Tensor, num_classes: int = -1) -> Tensor:
        if num_classes < 0:
            return one_hot(tensor, num_classes)
        with watch.paused():
            return one_hot(tensor, num_classes)

    return encode


def _collective(watch: Watch, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if watch.is_watching and not kwargs.get("async_op"):
            watch.note(f"{function.__name__} without async_op=True")
        with watch.paused():
            return function(*args, **kwargs)

    return call


def run_watched(folder: Path, batches: int, script: Path) -> None:
    """Run a script for one short epoch, of which ``train_epoch`` is watched, and leave.

    Args:
        folder: Where to write what waits.
        batches: How many batches to train on, and to evaluate on.
        script: The project's train.py.
    """
    watch = Watch(script.parent)
    _patch(watch)
    module = types.ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    *definitions, start = ast.parse(script.read_text(), str(script)).body
    _execute(definitions, module, script)
    if lacking := [name for name in (WATCHED, *LOADERS) if not hasattr(module, name)]:
        sys.exit(f"train.py has no {lacking[0]}, which this phase needs")
    train_epoch = getattr(module, WATCHED)
    found = folder / f"waits-{os.environ.get('RANK', '0')}.json"

    def watched(*args: Any, **kwargs: Any) -> None:
        if found.exists():
            leave()
        watch.follow(list(_tensors((args, kwargs), set())))
        with watch:
            train_epoch(*args, **kwargs)
        found.write_text(json.dumps(list(watch.found)))

    def leave() -> None:
        if dist.is_initialized():
            dist.barrier()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # the loaders and the other processes are left in the middle

    setattr(module, WATCHED, watched)
    for name, method in LOADERS.items():
        loader = getattr(module, name)
        setattr(loader, method, _few(watch, getattr(loader, method), batches))
    _execute([start], module, script)
    if not found.exists():
        sys.exit(f"train.py has never called {WATCHED}")


def read(folder: Path) -> list[str]:
    """Return what ``run_watched`` has found in any of its processes."""
    paths = sorted(folder.glob("waits-*.json"))
    return list(dict.fromkeys(line for path in paths for line in json.loads(path.read_text())))


def _execute(statements: list[ast.stmt], module: types.ModuleType, script: Path) -> None:
    code = compile(ast.Module(statements, []), str(script), "exec")
    exec(code, vars(module))


def _few(
    watch: Watch, batches: Callable[..., Iterable[Any]], number: int
) -> Callable[..., Iterator[Any]]:
    @functools.wraps(batches)
    def few(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for batch in itertools.islice(batches(*args, **kwargs), number):
            watch.follow(batch)
            yield batch

    return few


def _tensors(value: Any, seen: set[int]) -> Iterator[Tensor]:
    """Yield the tensors of the device that the arguments of ``train_epoch`` hold."""
    on_host = (torch.utils.data.DataLoader, torch.utils.data.Dataset)
    if id(value) in seen or isinstance(value, on_host):
        return
    seen.add(id(value))
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, nn.Module):
        yield from itertools.chain(value.parameters(), value.buffers())
    elif isinstance(value, torch.optim.Optimizer):
        yield from _optimizer_tensors(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one, seen)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one, seen)
    elif hasattr(value, "__dict__") and not isinstance(value, type | types.ModuleType):
        yield from _tensors(vars(value), seen)


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    """Yield the state of an optimizer; what counts its steps is mostly on the host."""
    for group in optimizer.param_groups:
        on_device = group.get("fused") or group.get("capturable")
        for parameter in group["params"]:
            yield parameter
            for name, value in optimizer.state.get(parameter, {}).items():
                if isinstance(value, Tensor) and (on_device or name != "step"):
                    yield value
