"""Several processes that train one model, as torchrun starts them; one process without torchrun.

Source: Li et al., PyTorch Distributed, VLDB 2020, arXiv:2006.15704.
"""

import atexit
import os
import sys
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")


def start(device: torch.device) -> torch.device:
    """Join the processes of this run and return the device, of the kind asked for, of this one."""
    if "RANK" not in os.environ:
        return device
    if device.type == "mps":
        device = torch.device("cpu")  # there is one MPS device, and no backend to share it
    if device.type == "cuda":
        local_rank, there = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if local_rank >= there:
            sys.exit(f"process {local_rank} has no GPU: use --nproc-per-node {there} at most")
        device = torch.device("cuda", local_rank)
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    atexit.register(dist.destroy_process_group)
    return device


def wrap(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model with gradients averaged over the processes, or itself if there is one."""
    if not dist.is_initialized():
        return model
    return DistributedDataParallel(model, [device] if device.type == "cuda" else None)


def rank() -> int:
    """Return the number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main() -> bool:
    """Return whether this is the process that writes and shows."""
    return rank() == 0


def add_up(tensors: list[Tensor]) -> None:
    """Replace each tensor by its sum over the processes."""
    if dist.is_initialized():
        for tensor in tensors:
            dist.all_reduce(tensor)


def highest(number: int) -> int:
    """Return the highest of the numbers that the processes bring."""
    if not dist.is_initialized():
        return number
    tensor = torch.tensor(number)
    dist.all_reduce(tensor, dist.ReduceOp.MAX)
    return int(tensor)


def from_main(value: T) -> T:
    """Return what the main process brings."""
    values = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(values)
    return values[0]


def gather(value: T) -> list[T]:
    """Return what each process brings, in their order."""
    values: list[Any] = [value] * world_size()
    if dist.is_initialized():
        dist.all_gather_object(values, value)
    return values


def own(values: list[T]) -> T:
    """Return this process's part of what ``gather`` returned, perhaps in another number of them."""
    return values[rank() % len(values)]


def wait() -> None:
    """Wait until every process is here."""
    if dist.is_initialized():
        dist.barrier()
