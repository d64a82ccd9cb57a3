"""What a run left behind, compared down to the last bit."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ptgen.base.digest import digest
from ptgen.smoke.job import TRACE, WHOLE, Job, metrics


def compare(whole: Path, resumed: Path) -> None:
    """Leave with the places where two runs differ, if they do, down to the last bit."""
    import torch

    one, other = (torch.load(run / "last.pt", "cpu", weights_only=True) for run in (whole, resumed))
    if not one.get("model"):
        sys.exit(f"{whole}/last.pt holds no model")
    for content in (one, other):
        content.pop("config", None)  # it names the run
    found = differences(one, other)
    found += differences(metrics(whole), metrics(resumed), "metrics.jsonl")
    if found:
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        sys.exit(f"the resumed run differs in {', '.join(found[:10])}{more}")


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Return the places where two values from checkpoints differ."""
    import torch

    if type(one) is not type(other):
        return [place]
    if isinstance(one, torch.Tensor):
        return [] if torch.equal(one, other) else [place]
    if isinstance(one, dict) and one.keys() == other.keys():
        pairs = [(f"{place}.{key}".lstrip("."), one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple) and len(one) == len(other):
        pairs = [(f"{place}[{i}]", one[i], other[i]) for i in range(len(one))]
    else:
        return [] if one == other else [place]
    return [name for key, left, right in pairs for name in differences(left, right, key)]


def write_trace(job: Job) -> None:
    """Write a digest of all that a run left, but for times and what it is called."""
    import torch

    run = job.project / WHOLE
    content = torch.load(run / "last.pt", "cpu", weights_only=True)
    content.pop("config", None)
    files = [path.relative_to(run) for path in run.rglob("*") if path.is_file()]
    # Names with numbers in them say an epoch or a time.
    kinds = {
        str(path.parent / path.suffix) if re.search(r"\d", path.name) else str(path)
        for path in files
    }
    parts = [*leaves(content), *leaves(metrics(run)), repr(sorted(kinds))]
    (job.folder / TRACE).write_text(digest(*parts))


def leaves(value: Any, place: str = "") -> Iterator[str]:
    """Yield the places and values of all that a checkpoint holds."""
    import torch

    if isinstance(value, torch.Tensor):
        data = value.detach().contiguous().view(-1)
        yield f"{place} {value.dtype} {tuple(value.shape)} {digest(data.numpy().tobytes())}"
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from leaves(one, f"{place}[{number}]")
    else:
        yield f"{place} {value!r}"
