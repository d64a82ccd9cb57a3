"""What a team's template knows of the one it was made from.

Branch ``upstream`` holds what composes a project as it is there, a commit for each version that was
merged; ``upstream.yml`` says which of them the team's branch holds.
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import yaml

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.base.staging import scratch
from ptgen.base.yaml_limits import refuse_unbounded
from ptgen.templates.source import COMPOSED_OF

BRANCH = "upstream"
RECORD = "upstream.yml"
HEADING = "# What is merged in here, and from where; `ptgen template sync` reads and writes this.\n"
PARTS = (*COMPOSED_OF, "LICEN[CS]E*")


@dataclass(frozen=True)
class Record:
    """What ``upstream.yml`` says.

    Attributes:
        template: Where the upstream can be had; None if that is not known.
        version: Its tag or commit there; None if it has none.
        snapshot: The commit of branch ``upstream`` that holds it.
    """

    template: str | None
    version: str | None
    snapshot: str

    @classmethod
    def read(cls, repository: Path) -> Self:
        """Read it.

        Raises:
            PtgenError: If it says something else.
        """
        path = repository / RECORD
        restore = f"get it back as it was: git checkout -- {RECORD}"
        try:
            text = path.read_text(encoding="utf-8")
            refuse_unbounded(text, str(path))
            facts = yaml.safe_load(text)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PtgenError(f"{path} is not YAML: {error}; {restore}") from error
        facts = facts if isinstance(facts, dict) else {}
        for name in ("template", "version"):
            if not isinstance(facts.get(name), str | None):
                raise PtgenError(f"{path}: {name} is {facts[name]!r}; expected text; {restore}")
        snapshot = facts.get("snapshot")
        if not isinstance(snapshot, str) or not re.fullmatch("[0-9a-f]{40,64}", snapshot):
            raise PtgenError(f"{path}: snapshot is {snapshot!r}; expected a commit; {restore}")
        return cls(facts.get("template"), facts.get("version"), snapshot)

    def write(self, repository: Path) -> None:
        """Write it."""
        text = HEADING + yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True)
        (repository / RECORD).write_text(text, encoding="utf-8")


def write_tree(template: Path, repository: Path) -> str:
    """Put what composes a project into a repository, and return the tree.

    Neither branches nor files of the repository change.
    """
    git_folder = git.run("rev-parse", "--absolute-git-dir", cwd=repository).strip()
    with scratch() as workdir:
        parts = workdir / "parts"
        parts.mkdir()
        for path in {path for part in PARTS for path in template.glob(part)}:
            if path.is_dir():
                junk = shutil.ignore_patterns("__pycache__", "*.py[co]", ".git")
                shutil.copytree(path, parts / path.name, ignore=junk, symlinks=True)
            elif not path.is_symlink():
                shutil.copy2(path, parts)
        env = {
            "GIT_DIR": git_folder,
            "GIT_WORK_TREE": str(parts),
            "GIT_INDEX_FILE": str(workdir / "index"),
        }
        git.run("add", "--all", "--force", ".", cwd=parts, env=env)
        return git.run("write-tree", cwd=parts, env=env).strip()


def commit_tree(tree: str, parents: Sequence[str], message: str, repository: Path) -> str:
    """Make a commit, which is on no branch yet, and return it."""
    options = [option for parent in parents for option in ("-p", parent)]
    command = (*git.identity(repository), "commit-tree", tree, *options, "-m", message)
    return git.run(*command, cwd=repository).strip()


def message_of(address: str | None, version: str | None) -> str:
    """Return the message of the commit that holds a version of the upstream."""
    return f"The template at {version or 'no version'}\n\nFrom {address or 'an unknown place'}"
