"""What TensorBoard shows of a run."""

import dataclasses
import warnings

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from .checkpoint import TrainState
from .config import Config


def log_events(
    writer: SummaryWriter,
    state: TrainState,
    figures: dict[str, float],
    config: Config,
    inputs: Tensor,
    pictures: Tensor,
) -> None:
    """Write the events of the epoch that has just ended.

    Args:
        writer: Of the run's folder.
        state: What was trained: each weight becomes a histogram.
        figures: Scalars of the epoch, by name.
        config: Hyper-parameters, shown beside the last epoch's figures.
        inputs: A batch of the model's inputs, which is sent through its graph.
        pictures: (N, C, H, W) float in [0, 1], with 1 or 3 channels.
    """
    state.model.eval()
    if state.epoch == 1:
        with warnings.catch_warnings(action="ignore"):  # of tracing, which add_graph still does
            writer.add_graph(state.model, inputs)
    writer.add_images("pictures", pictures, state.epoch)
    for name, value in figures.items():
        writer.add_scalar(name, value, state.epoch)
    for name, weight in state.model.named_parameters():
        writer.add_histogram(name, weight, state.epoch)
    if state.epoch == config.epochs:
        settings = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in dataclasses.asdict(config).items()
        }
        results = {f"last/{name}": value for name, value in figures.items()}
        writer.add_hparams(settings, results, run_name=".")
    writer.flush()
