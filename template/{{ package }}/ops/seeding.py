"""Seeds and states of every random number generator."""

import random
from typing import Any

import numpy as np
import torch


def derive_seed(*parts: int) -> int:
    """Mix whole numbers of at least 0, such as (seed, epoch), into one seed of 64 bits."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])


def seed_everything(*parts: int) -> None:
    """Seed PyTorch on every device, NumPy and Python from whole numbers of at least 0."""
    seed = derive_seed(*parts)
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def random_state() -> dict[str, Any]:
    """Return the state of every generator, as tensors and plain values."""
    name, keys, *rest = np.random.get_state()
    state = {
        "torch": torch.get_rng_state(),
        "numpy": [name, torch.tensor(keys, dtype=torch.int64), *rest],
        "python": random.getstate(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: dict[str, Any]) -> None:
    """Set every generator that is on this machine to a state from ``random_state``."""
    torch.set_rng_state(state["torch"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])
