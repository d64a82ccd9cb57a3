{% from "composition/slots.jinja" import imports with context %}
"""Predict the classes of image files with a trained run.

Use:
    python predict.py --run runs/first ~/new-images --out predictions.csv
"""

{% call imports("predict") %}
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
import torch
import tyro
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm
from {{ package }}.config import choose_device
from {{ package }}.data_info import DataInfo
from {{ package }}.errors import UserError, exit_on_error, refuse
from {{ package }}.image_files import find_images, fit, look_at_all, read_image, to_tensor
from {{ package }}.runs import TrainedRun, load_run
{% endcall %}



@dataclass(frozen=True)
class Settings:
    """What to predict."""

    paths: tyro.conf.Positional[tuple[Path, ...]]
    """Image files, and folders of them."""
    run: Path
    """Folder of the run: runs/<name>."""
    out: Path = Path("predictions.csv")
    """CSV file to write: a line for each image."""
    checkpoint: Literal["best", "last"] = "best"
    """Checkpoint of the run: of the epoch with the highest score, or of the last one."""
    batch_size: int = 32
    """Images in a batch."""
    workers: int = 0
    """Worker processes that read images."""
    strict: bool = False
    """Exit if an image cannot be read instead of leaving it out."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Device; auto picks the first available of cuda, mps and cpu."""


class ImageFiles(Dataset[Tensor]):
    """Image files as a model is given them: as the images that it was evaluated on."""

    def __init__(self, paths: Sequence[Path], info: DataInfo) -> None:
        self.paths = paths
        self.info = info

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        image = read_image(self.paths[index], self.info.channels)
        return to_tensor(fit(image, self.info.size))


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the image files among paths, and those in the folders among them."""
    expected = "expected an image file or a folder of them"
    refuse(f"{path} does not exist: {expected}" for path in paths if not path.exists())
    files = [file for path in paths for file in (find_images(path) if path.is_dir() else [path])]
    if not files:
        raise UserError(f"{', '.join(map(str, paths)) or 'nothing'}: no image file is there")
    return files


@torch.no_grad()
def predict(run: TrainedRun, images: DataLoader[Tensor], device: torch.device) -> Iterator[Tensor]:
    """Yield the probabilities of the classes, (N, classes), for each batch of images."""
    for batch in tqdm(images, "predict", leave=False, disable=None):
        yield run.model(batch.to(device, non_blocking=True)).softmax(1).cpu()


def main(settings: Settings) -> Path:
    """Write a line for each image, in the order given, and return the path of the CSV file."""
    device = choose_device(settings.device)
    run = load_run(settings.run, device, settings.checkpoint)
    files = list(look_at_all(find_files(settings.paths), settings.strict))
    if not files:
        raise UserError("none of the image files can be read")
    dataset = ImageFiles(files, run.info)
    images = DataLoader(dataset, settings.batch_size, num_workers=settings.workers)
    probabilities = torch.cat(list(predict(run, images, device)))
    confidences, labels = probabilities.max(1)
    rows = zip(files, labels.tolist(), confidences.tolist(), strict=True)
    try:
        with settings.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["image", "class", "confidence"])
            writer.writerows((path, run.info.classes[n], f"{c:.4f}") for path, n, c in rows)
    except OSError as error:
        raise UserError(f"--out {settings.out} cannot be written: {error.strerror}") from error
    print(f"{settings.out}: {len(files)} images")
    return settings.out


if __name__ == "__main__":
    with exit_on_error():
        main(tyro.cli(Settings, description=__doc__))
