{% from "composition/slots.jinja" import imports with context %}
"""Show size, number of frames and rate of video files.

Use:
    python video_info.py data/videos/test/0/*.mp4
"""

{% call imports("video_info") %}
from pathlib import Path
import tyro
from {{ package }}.errors import exit_on_error, refuse
from {{ package }}.ops.video_info import read_video_info
{% endcall %}



def main(paths: tyro.conf.Positional[tuple[Path, ...]], /) -> None:
    """Print a line for each file; raise a UserError that lists those that cannot be read.

    Args:
        paths: Video files.
    """
    unreadable = []
    print(f"{'height':>6}  {'width':>6}  {'frames':>6}  {'rate':>7}  {'seconds':>8}  file")
    for path in paths:
        try:
            info = read_video_info(path)
        except ValueError as error:
            unreadable.append(str(error))
            continue
        rate = "?" if info.rate is None else f"{info.rate:.2f}"
        seconds = "?" if info.seconds is None else f"{info.seconds:.2f}"
        print(f"{info.height:6}  {info.width:6}  {info.frames:6}  {rate:>7}  {seconds:>8}  {path}")
    refuse(unreadable)


if __name__ == "__main__":
    with exit_on_error():
        tyro.cli(main, description=__doc__)
