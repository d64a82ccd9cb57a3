"""Puts the template into the wheel, and into wheel and sdist the note of where it came from."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TEMPLATE = ("LICENSE", "copier.yml", "composition", "presets", "recipes", "template")
NOTE = "source.json"


class TemplateHook(BuildHookInterface[Any]):
    """Adds ``ptgen/_template`` to a wheel; an editable install uses the repository itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the extra files of a build."""
        if version == "editable":
            return
        self.scratch = tempfile.mkdtemp(prefix="ptgen-build-")
        note = Path(self.scratch, NOTE)
        note.write_text(json.dumps(self.source(), indent=2) + "\n")
        files = build_data["force_include"]
        if self.target_name == "sdist":
            files[str(note)] = NOTE
            return
        files[str(note)] = f"ptgen/_template/{NOTE}"
        for name in TEMPLATE:
            files[str(Path(self.root, name))] = f"ptgen/_template/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what ``initialize`` wrote."""
        del build_data, artifact_path
        if version != "editable":
            shutil.rmtree(self.scratch)

    def source(self) -> dict[str, str | None]:
        """Return the URL and the commit of the template, null where they are not known."""
        note = Path(self.root, NOTE)
        if note.is_file():  # an unpacked sdist
            known: dict[str, str | None] = json.loads(note.read_text())
            return known
        project_urls = self.metadata.core.urls
        url = self.git("remote", "get-url", "origin") or project_urls.get("Repository")
        return {
            "url": without_credentials(url) if url else None,
            "commit": self.git(
                "describe", "--tags", "--always", "--match=v[0-9]*", "--match=[0-9]*"
            ),
        }

    def git(self, *arguments: str) -> str | None:
        """Return what git says about this repository, or None where it is none."""
        if not Path(self.root, ".git").exists() or not shutil.which("git"):
            return None
        command = ["git", "-C", self.root, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() or None if done.returncode == 0 else None


def without_credentials(url: str) -> str:
    """Drop user and password of a web address; ``git@host:path`` has none and stays."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
