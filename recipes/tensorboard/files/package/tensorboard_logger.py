"""What TensorBoard shows of a run."""

import dataclasses
import warnings
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from .checkpoint import TrainState
from .config import Config


class TensorBoardLogger:
    """Writes event files into the folder of a run.

    Args:
        folder: Folder of the run.
        config: Its settings: the hyper-parameters, shown beside the metrics of the last epoch.
        epoch: Completed epochs; an epoch that is logged again replaces what was logged of it.
    """

    def __init__(self, folder: Path, config: Config, epoch: int) -> None:
        self.config = config
        self.writer = SummaryWriter(folder, purge_step=epoch + 1)

    def log(
        self, state: TrainState, metrics: dict[str, float], inputs: Tensor, images: Tensor
    ) -> None:
        """Log an epoch: scalars, images, a histogram of each weight and, once, the graph.

        Args:
            state: What was trained.
            metrics: Scalars of the epoch, by name.
            inputs: A batch of the model's inputs, which is sent through its graph.
            images: (N, C, H, W) float in [0, 1], with 1 or 3 channels.
        """
        state.model.eval()
        if state.epoch == 1:
            with warnings.catch_warnings(action="ignore"):  # of tracing, which add_graph still does
                self.writer.add_graph(state.model, inputs)
        self.writer.add_images("images", images, state.epoch)
        for name, value in metrics.items():
            self.writer.add_scalar(name, value, state.epoch)
        for name, weight in state.model.named_parameters():
            self.writer.add_histogram(name, weight, state.epoch)
        if state.epoch == self.config.epochs:
            self._log_hyper_parameters(metrics)
        self.writer.flush()

    def close(self) -> None:
        """Close the event files."""
        self.writer.close()

    def _log_hyper_parameters(self, metrics: dict[str, float]) -> None:
        settings = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in dataclasses.asdict(self.config).items()
        }
        results = {f"last/{name}": value for name, value in metrics.items()}
        self.writer.add_hparams(settings, results, run_name=".")
