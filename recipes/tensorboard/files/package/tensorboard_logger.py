"""What TensorBoard shows of a run."""

import dataclasses
import sys
import warnings
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from .checkpoint import TrainState
from .config import Config


class TensorBoardLogger:
    """Writes event files into the folder of a run.

    Metrics of training and of validation go into the folders ``train`` and ``val`` under the same
    name, so that both curves are in one chart.

    Args:
        folder: Folder of the run.
        config: Its settings: the hyper-parameters, shown beside the metrics of the last epoch.
        epoch: Completed epochs; an epoch that is logged again replaces what was logged of it.
    """

    def __init__(self, folder: Path, config: Config, epoch: int) -> None:
        self.config = config
        self.writer = SummaryWriter(folder, purge_step=epoch + 1)
        self.splits = {
            name: SummaryWriter(folder / name, purge_step=epoch + 1) for name in ("train", "val")
        }
        self.validation: dict[str, float] = {}

    def log(
        self, state: TrainState, metrics: dict[str, float], inputs: Tensor, images: Tensor
    ) -> None:
        """Log an epoch: its metrics and images, and, once, the graph.

        Args:
            state: What was trained.
            metrics: Metrics of the epoch, by name.
            inputs: A batch of the model's inputs, which is sent through its graph.
            images: (N, C, H, W) float in [0, 1], with 1 or 3 channels.
        """
        for name, value in metrics.items():
            split, _, metric = name.partition("_")
            if split in self.splits:
                self.splits[split].add_scalar(metric, value, state.epoch)
            else:
                self.writer.add_scalar(f"run/{name}", value, state.epoch)
        self.validation = {n: value for n, value in metrics.items() if n.startswith("val_")}
        self.writer.add_images("images", images, state.epoch)
        if self.config.tensorboard_histograms:
            for name, weight in state.model.named_parameters():
                self.writer.add_histogram(f"weights/{name}", weight, state.epoch)
        if state.epoch == 1:
            self._log_graph(state, inputs)
        for writer in (self.writer, *self.splits.values()):
            writer.flush()

    def close(self) -> None:
        """Log the settings beside the last metrics, and close the event files."""
        if self.validation:
            self._log_hyper_parameters()
        for writer in (self.writer, *self.splits.values()):
            writer.close()

    def _log_graph(self, state: TrainState, inputs: Tensor) -> None:
        state.model.eval()
        with warnings.catch_warnings(action="ignore"):  # of tracing, which add_graph still does
            try:
                self.writer.add_graph(state.model, inputs)
            except Exception as error:  # not every model can be traced
                print(f"TensorBoard shows no graph: {error}", file=sys.stderr)

    def _log_hyper_parameters(self) -> None:
        settings = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in dataclasses.asdict(self.config).items()
        }
        results = {f"hparam/{name}": value for name, value in self.validation.items()}
        self.writer.add_hparams(settings, results, run_name=".")
