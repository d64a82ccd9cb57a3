"""What a run was started from: the code, the command, the packages and the machine."""

import importlib.metadata
import json
import os
import platform
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from .errors import UserError

ROOT = Path(__file__).resolve().parents[1]


def write_start(folder: Path, device: torch.device) -> None:
    """Add a start to run.json in the folder of a run, and keep and tell what is not committed.

    Raises:
        UserError: run.json is there and cannot be read.
    """
    path = folder / "run.json"
    try:
        starts: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    except ValueError as error:
        raise UserError(f"{path} is not JSON, or it is cut; remove it to continue") from error
    start = {
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": sys.orig_argv,
        "folder": str(Path.cwd()),
        **code(folder, f"changes-{len(starts) + 1}.patch"),
        "python": platform.python_version(),
        "packages": packages(),
        "machine": machine(device),
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps([*starts, start], indent=2, ensure_ascii=False) + "\n")
    temporary.replace(path)


def code(folder: Path, patch: str) -> dict[str, Any]:
    """Return the commit of the project, and write what is not committed to ``folder / patch``."""
    commit = git("rev-parse", "HEAD").decode().strip() or None
    if commit is None:
        print("run.json has no commit: the project is not in git, or nothing is committed")
        return {"commit": None, "changes": None, "untracked": []}
    # A patch that git can apply, whatever the user's own settings for showing one are.
    plain = ("--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    changes = git("diff", *plain, *prefixes, "HEAD", "--", ".")
    listed = git("ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
    names = [os.fsdecode(name) for name in listed if name]
    untracked = [name for name in names if not (ROOT / name).is_relative_to(folder.resolve())]
    if changes:
        (folder / patch).write_bytes(changes)
        print(f"commit {commit[:10]} with changes that are not committed, kept in {patch}")
    if untracked:
        print(f"files that git does not track, listed in run.json: {len(untracked)}")
    return {"commit": commit, "changes": patch if changes else None, "untracked": untracked}


def git(*arguments: str) -> bytes:
    """Return what git says of the project; nothing if it fails or is not there."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, env=own, capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return b""


def packages() -> dict[str, str]:
    """Return the versions of all installed packages, by name."""
    found = importlib.metadata.distributions()
    return dict(sorted((each.metadata["Name"], each.version) for each in found))


def machine(device: torch.device) -> dict[str, Any]:
    """Return what trains."""
    cuda = device.type == "cuda"
    return {
        "host": socket.gethostname(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "device": torch.cuda.get_device_name(device) if cuda else str(device),
        "cuda": torch.version.cuda if cuda else None,
    }
