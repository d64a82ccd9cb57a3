{% from "composition/slots.jinja" import imports, slot with context %}
"""Several processes that train one model, as torchrun starts them; one process without torchrun.

Source: Li et al., PyTorch Distributed, VLDB 2020, arXiv:2006.15704.
"""

{% call imports("distributed") %}
import atexit
import os
from typing import Any, TypeVar
import torch
import torch.distributed as dist
from torch import Tensor
from .errors import UserError
{% endcall %}


T = TypeVar("T")


def start(device: torch.device) -> torch.device:
    """Join the processes of this run and return the device of this one, of the requested type."""
    if "RANK" not in os.environ:
        return device
    if device.type == "mps":
        device = torch.device("cpu")  # there is one MPS device, and no backend to share it
    if device.type == "cuda":
        local_rank, available = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if local_rank >= available:
            found = f"process {local_rank} has no GPU"
            raise UserError(f"{found}: use --nproc-per-node {available} at most")
        device = torch.device("cuda", local_rank)
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    atexit.register(dist.destroy_process_group)
    return device


def rank() -> int:
    """Return the rank of this process."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main() -> bool:
    """Return whether this is the process that writes and prints."""
    return rank() == 0


def all_reduce_sum(tensors: list[Tensor]) -> None:
    """Replace each tensor by its sum over the processes."""
    if dist.is_initialized():
        for tensor in tensors:
            dist.all_reduce(tensor)


def broadcast(value: T) -> T:
    """Return the value of the main process."""
    values = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(values)
    return values[0]


def gather(value: T) -> list[T]:
    """Return the values of all processes, by rank."""
    values: list[Any] = [value] * world_size()
    if dist.is_initialized():
        dist.all_gather_object(values, value)
    return values


def own(values: list[T]) -> T:
    """Return this process's entry of gathered values; there may have been fewer processes."""
    return values[rank() % len(values)]


def barrier() -> None:
    """Wait until every process is here."""
    if dist.is_initialized():
        dist.barrier()


class Agreement:
    """Agrees on the highest of the processes' numbers, one call late, so that no call waits.

    The exchange that a call starts goes on while the next batch is computed; the next call reads
    its result. All processes read the same numbers, in the same calls.
    """

    def __init__(self) -> None:
        self.exchange: tuple[Any, Tensor] | None = None

    def highest(self, number: int) -> int:
        """Return the highest number of the last call, 0 in the first; start the next exchange."""
        if not dist.is_initialized():
            return number
        agreed = 0
        if self.exchange is not None:
            work, tensor = self.exchange
            work.wait()
            agreed = int(tensor)
        tensor = torch.tensor(number)
        self.exchange = dist.all_reduce(tensor, dist.ReduceOp.MAX, async_op=True), tensor
        return agreed
{{- slot("distributed.functions", gap=2) }}
