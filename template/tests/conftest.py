"""What every test needs."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """The networks are so small that threads cost more than they give."""
    torch.set_num_threads(1)
