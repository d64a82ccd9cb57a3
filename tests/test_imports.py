"""What imports what."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from .conftest import ROOT


def test_contracts() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def imported_by(*arguments: str) -> set[str]:
    """Return the top-level modules that a command of ptgen has imported."""
    program = (
        "import sys; from ptgen.cli import app\n"
        f"try: app({list(arguments)}, standalone_mode=False)\n"
        "finally: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_help_and_list_import_little() -> None:
    heavy = {"torch", "copier", "jinja2", "questionary", "pydantic", "rich"}
    assert not imported_by("list") & heavy
    assert not imported_by("--help") & {*heavy, "yaml"}


def test_show_imports_no_copier() -> None:
    assert not imported_by("show", "classification") & {"torch", "copier", "questionary"}


@pytest.mark.parametrize(
    ("module", "above"),
    [
        ("base/names.py", "ptgen.templates.registry"),
        ("templates/registry.py", "ptgen.projects.existing"),
        ("projects/existing.py", "ptgen.smoke.covering"),
        ("smoke/covering.py", "ptgen.teams.merge"),
        ("teams/merge.py", "ptgen.commands.summary"),
    ],
)
def test_an_import_from_a_package_above_breaks_the_contracts(
    tmp_path: Path, module: str, above: str
) -> None:
    package = Path(shutil.copytree(ROOT / "generator/ptgen", tmp_path / "ptgen"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (package / module).write_text((package / module).read_text() + f"\nimport {above}\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "each package stands on those below it BROKEN" in done.stdout
    planted = f"ptgen.{module.removesuffix('.py').replace('/', '.')} -> {above}"
    assert planted in " ".join(done.stdout.split())


@pytest.mark.parametrize("package", ["ptgen.templates", "ptgen.projects"])
def test_the_api_is_exported_and_takes_no_copier_or_pydantic(package: str) -> None:
    program = (
        f"import sys, {package} as api\n"
        "for name in api.__all__: assert callable(getattr(api, name)), name\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"torch", "copier", "pydantic", "questionary", "rich"} & set(done.stdout.split())
