"""Writes a small recipe that works, to be changed into another."""

import keyword
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template as Text

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import unknown
from ptgen.base.staging import files_of, sibling_of
from ptgen.templates import registry
from ptgen.templates.manifest import Manifest
from ptgen.templates.readme import Readme
from ptgen.templates.template import Template

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
    help: Factor of the training loss; 1 leaves it unchanged
files: [package/ops/$module.py, tests/test_$module.py]
source: {note: Name the paper or the documentation that the technique comes from}
status: experimental
""",
    "README.md": """\
# $name

## What it does

Multiplies the training loss by a factor, which scales every gradient.

## Use it

```
python train.py --$name-scale 0.5
```

## Composes with

All recipes.
""",
    "slots/train.imports": """\
from {{ package }}.ops.$module import ${module}_loss
""",
    "slots/train.loss_scale": """\
loss = ${module}_loss(loss, config.${module}_scale)
""",
    "files/package/ops/$module.py": '''\
"""A scaled loss."""

from torch import Tensor


def ${module}_loss(loss: Tensor, scale: float) -> Tensor:
    """Multiply a loss by a factor.

    Args:
        loss: () float.
        scale: In [0, inf); 1 leaves the loss unchanged.

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


def make(template: Template, name: str, tasks: Sequence[str] = ()) -> list[str]:
    """Write a new recipe into a template and return its files, relative to its folder.

    Args:
        template: The template.
        name: Of the recipe.
        tasks: Those it applies to; none stands for all.

    Raises:
        PtgenError: If there cannot be such a recipe. Then nothing was written.
    """
    folder = template.folder / "recipes" / name
    module = name.replace("-", "_")
    if not NAME.fullmatch(name) or keyword.iskeyword(module) or len(name) > 40:
        raise PtgenError(
            f'"{name}" is not a valid name; expected lower-case words with "-" between them, '
            "at most 40 characters, like grad-clip"
        )
    known = [entry.name for entry in template.manifests if entry.is_task]
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
    with sibling_of(template.folder / name) as sibling:
        for path, text in FILES.items():
            target = sibling / Text(path).substitute(values)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Text(text).substitute(values), encoding="utf-8")
        _complete_readme(sibling)
        files = files_of(sibling)
        sibling.rename(folder)
    return files


def _complete_readme(folder: Path) -> None:
    """Write the sections of a README that follow from the manifest."""
    document = registry.read_file(folder / "recipe.yml", "recipe.yml")
    path = folder / "README.md"
    text = Readme(path.read_text(encoding="utf-8")).updated(Manifest.model_validate(document.data))
    path.write_text(text, encoding="utf-8")
