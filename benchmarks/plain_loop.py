"""A training on scikit-learn's digits as one writes it by hand, in one file and without a template.

Use:
    python benchmarks/plain_loop.py --epochs 3
"""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


def stage(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.GroupNorm(8, out_channels),
        nn.ReLU(inplace=True),
    )


class Net(nn.Module):
    """The network of the generated project."""

    def __init__(self, width: int = 32) -> None:
        """Make the layers."""
        super().__init__()
        self.features = nn.Sequential(
            stage(1, width), stage(width, 2 * width, stride=2), stage(2 * width, 2 * width)
        )
        self.classifier = nn.Linear(4 * 2 * width, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, 1, 8, 8), to logits, (N, 10)."""
        logits: Tensor = self.classifier(
            nn.functional.avg_pool2d(self.features(images), 2).flatten(1)
        )
        return logits


def main() -> None:
    """Train, and print accuracy and speed after each epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).div(16).unsqueeze(1)
    labels = torch.tensor(digits.target)
    train, rest = train_test_split(range(len(labels)), test_size=600, random_state=0)
    val = rest[:300]  # the other half is for the test
    train_set, val_set = (TensorDataset(images[part], labels[part]) for part in (train, val))
    train_loader = DataLoader(
        train_set, batch_size=arguments.batch_size, shuffle=True, drop_last=True
    )
    val_loader = DataLoader(val_set, batch_size=arguments.batch_size)

    model = Net().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr, weight_decay=0.01)

    for epoch in range(1, arguments.epochs + 1):
        started, seen, total = time.perf_counter(), 0, 0.0
        model.train()
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            loss = nn.functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            seen += len(inputs)
        seconds = time.perf_counter() - started

        model.eval()
        right = 0
        with torch.no_grad():
            for inputs, targets in val_loader:
                right += (model(inputs.to(device)).argmax(1) == targets.to(device)).sum().item()
        print(
            f"epoch {epoch}  train_loss {total / seen:.4f}  val_accuracy {right / len(val):.4f}"
            f"  images_per_second {seen / seconds:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
