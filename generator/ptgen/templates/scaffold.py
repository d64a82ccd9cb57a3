"""Starts a recipe that works, to be changed into another."""

import keyword
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import unknown
from ptgen.base.staging import files_of, sibling_of
from ptgen.templates import manifest

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

FILES = {
    "recipe.yml": """\
name: $name
kind: recipe
summary: Scale the loss by a factor
category: training
tasks: $tasks
order: 50
config:
  - name: ${module}_scale
    type: float
    default: 1.0
    range: "[0, inf)"
    help: What the loss is multiplied by; 1 leaves it as it is
files: [package/ops/$module.py, tests/test_$module.py]
source: {note: Write here where the technique comes from}
status: experimental
""",
    "README.md": """\
# $name

## What it does

It multiplies the loss by a factor, and so scales every gradient.

## Use it

```
python train.py --$name-scale 0.5
```

## What it changes

One line of `train.py`, before `loss.backward()`, calls `${module}_loss` of `ops/$module.py`.

## Composes with

All recipes: none of them asks for the size of the loss.

## Settings

| flag | default | effect |
|---|---|---|
| `--$name-scale` | 1.0 | what the loss is multiplied by, in [0, inf) |

## Source

Write here where the technique comes from.
""",
    "slots/train.imports": """\
from {{ package }}.ops.$module import ${module}_loss
""",
    "slots/train.loss": """\
loss = ${module}_loss(loss, config.${module}_scale)
""",
    "files/package/ops/$module.py": '''\
"""A loss of another size."""

from torch import Tensor


def ${module}_loss(loss: Tensor, scale: float) -> Tensor:
    """Multiply a loss.

    Args:
        loss: () float.
        scale: In [0, inf); 1 leaves the loss as it is.

    Returns:
        () float.
    """
    return scale * loss
''',
    "files/tests/test_$module.py": '''\
"""The scaled loss against the closed form of its gradient."""

import pytest
import torch

from {{ package }}.ops.$module import ${module}_loss


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_gradient_is_that_of_the_closed_form(scale: float) -> None:
    weights = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)

    ${module}_loss(weights.square().sum(), scale).backward()

    torch.testing.assert_close(weights.grad, 2 * scale * weights.detach())
''',
}


def make(template: Path, name: str, tasks: Sequence[str] = ()) -> list[str]:
    """Write a new recipe into a template and return its files, relative to its folder.

    Args:
        template: Folder of the template.
        name: Of the recipe.
        tasks: Those it applies to; none stands for all.

    Raises:
        PtgenError: If there cannot be such a recipe. Then nothing was written.
    """
    folder = template / "recipes" / name
    module = name.replace("-", "_")
    if not NAME.fullmatch(name) or keyword.iskeyword(module) or len(name) > 40:
        raise PtgenError(
            f'"{name}" is no name for a recipe; expected lower-case words with "-" between them, '
            "at most 40 characters, like grad-clip"
        )
    known = [entry.name for entry in manifest.load(template) if entry.is_task]
    if folder.exists():
        raise PtgenError(f"{folder} exists; change it, or choose another name")
    if problems := [str(unknown("task", task, known)) for task in tasks if task not in known]:
        raise Problems(problems)
    values = {
        "name": name,
        "module": module,
        "tasks": f"[{', '.join(tasks)}]" if tasks else "all",
    }
    # Not below recipes/, where Copier would take it for a recipe.
    with sibling_of(template / name) as sibling:
        for path, text in FILES.items():
            target = sibling / Template(path).substitute(values)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(text).substitute(values), encoding="utf-8")
        files = files_of(sibling)
        sibling.rename(folder)
    return files
