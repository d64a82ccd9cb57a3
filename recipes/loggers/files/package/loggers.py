{% from "composition/slots.jinja" import imports, slot with context %}
"""Where the metrics of a run go besides metrics.jsonl."""

{% call imports("loggers") %}
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol
from torch import Tensor
from .checkpoint import TrainState
from .config import Config
{% endcall %}



class Logger(Protocol):
    """Keeps the metrics and images of a run."""

    def log(
        self, state: TrainState, metrics: dict[str, float], inputs: Tensor, images: Tensor
    ) -> None:
        """Log an epoch that has just ended.

        Args:
            state: What was trained.
            metrics: Metrics of the epoch, by name.
            inputs: A batch of the model's inputs.
            images: (N, C, H, W) float in [0, 1], with 1 or 3 channels.
        """

    def close(self) -> None:
        """Write whatever is still to be written."""


class Loggers(ExitStack):
    """Any number of loggers, which are closed on the way out of a ``with``."""

    def __init__(self) -> None:
        super().__init__()
        self.members: list[Logger] = []

    def add(self, logger: Logger) -> None:
        """Add a logger."""
        self.members.append(logger)
        self.callback(logger.close)

    def log(
        self, state: TrainState, metrics: dict[str, float], inputs: Tensor, images: Tensor
    ) -> None:
        """Log an epoch with each logger."""
        for logger in self.members:
            logger.log(state, metrics, inputs, images)


def open_loggers(folder: Path, config: Config, epoch: int) -> Loggers:
    """Return the loggers of a run.

    Args:
        folder: Folder of the run.
        config: Its settings.
        epoch: Completed epochs; a logger drops what it has logged of later ones.
    """
    loggers = Loggers()
    {{- slot("loggers.main_process", 4) }}
    {{- slot("loggers.open", 4) }}
    return loggers
