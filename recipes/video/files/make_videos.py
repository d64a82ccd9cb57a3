{% from "composition/slots.jinja" import imports with context %}
"""Make the videos that the project starts with; train.py does so, too, when it misses them.

Use:
    python make_videos.py
    python make_videos.py --folder /data/digits
"""

{% call imports("make_videos") %}
import sys
from dataclasses import dataclass
from pathlib import Path
import tyro
from {{ package }}.datasets import DIGITS
from {{ package }}.moving_digits import make_videos
{% endcall %}



@dataclass(frozen=True)
class Settings:
    """What to make."""

    folder: Path = DIGITS
    """Folder that is made."""


def main(settings: Settings) -> None:
    """Make the folder, or leave and say that it is there already."""
    if settings.folder.exists():
        sys.exit(f"--folder {settings.folder} exists: remove it, or name a new one")
    make_videos(settings.folder)
    print(settings.folder)


if __name__ == "__main__":
    main(tyro.cli(Settings, description=__doc__))
