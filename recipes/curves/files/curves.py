{% from "composition/slots.jinja" import imports with context %}
"""Plot losses, metrics and the learning rate of one or several runs.

Use:
    python curves.py runs/first
    python curves.py runs/first runs/second --out comparison.pdf
"""

{% call imports("curves_script") %}
from dataclasses import dataclass
from pathlib import Path
import tyro
from {{ package }}.curves import FORMATS, draw_curves, read_metrics
from {{ package }}.errors import UserError, exit_on_error, refuse
{% endcall %}



@dataclass(frozen=True)
class Settings:
    """What to plot."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Folders of runs: runs/<name>."""
    out: Path | None = None
    """File to write: .png, .pdf or .svg; curves.png in the folder of the first run if not given."""


def main(settings: Settings) -> Path:
    """Plot the runs and return the path of the image."""
    if not settings.runs:
        raise UserError("no run is given: expected folders of runs, such as runs/first")
    out = settings.out or settings.runs[0] / "curves.png"
    if out.suffix not in FORMATS:
        raise UserError(f"--out is {out}: expected a file that ends in {', '.join(FORMATS)}")
    runs, problems = {}, []
    for folder in settings.runs:
        try:
            runs[str(folder)] = read_metrics(folder)
        except UserError as error:
            problems.append(str(error))
    refuse(problems)
    try:
        draw_curves(runs).savefig(out, dpi=150)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from error
    print(out)
    return out


if __name__ == "__main__":
    with exit_on_error():
        main(tyro.cli(Settings, description=__doc__))
