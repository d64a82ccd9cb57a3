{% from "composition/slots.jinja" import imports with context %}
"""Make the videos that the project starts with; train.py does so, too, when it misses them.

Use:
    python make_videos.py
    python make_videos.py --folder /data/digits
"""

{% call imports("make_videos") %}
from dataclasses import dataclass
from pathlib import Path
import tyro
from {{ package }}.datasets import DIGITS
from {{ package }}.errors import UserError, exit_on_error
from {{ package }}.moving_digits import make_videos
{% endcall %}



@dataclass(frozen=True)
class Settings:
    """What to make."""

    folder: Path = DIGITS
    """Folder that is made."""


def main(settings: Settings) -> None:
    """Make the folder; raise a UserError if it exists."""
    if settings.folder.exists():
        raise UserError(f"--folder {settings.folder} exists: remove it, or name a new one")
    make_videos(settings.folder)
    print(settings.folder)


if __name__ == "__main__":
    with exit_on_error():
        main(tyro.cli(Settings, description=__doc__))
