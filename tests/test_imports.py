"""What imports what."""

import subprocess
import sys

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
