"""The versions of a project's template, as a git repository on this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.base.home import expanded
from ptgen.templates import source
from ptgen.templates.template import Template


@dataclass(frozen=True)
class Versions:
    """A template with all its versions.

    Attributes:
        folder: A git repository, without a work tree of use.
        address: Where it can be had again, as Copier records it; None if that is not known.
        only: The one version there is, where that is all that is at hand.
    """

    folder: Path
    address: str | None
    only: str | None = None

    @classmethod
    def open(cls, address: str | None, version: str | None, workdir: Path) -> Self:
        """Get a template with all its versions, or with the installed one if no other is asked for.

        Args:
            address: A path or URL of git, as ``source.open_template`` takes it; None for our own.
            version: The one that is enough, None for all.
            workdir: A folder to keep it in.

        Raises:
            PtgenError: If it cannot be had.
        """
        own = source.packed()
        if own and version and version == own.commit and address in (None, own.src_path):
            return cls(_repository_of(own.folder, workdir / "repository"), own.src_path, version)
        if address is None:
            raise PtgenError(
                "the project does not say where its template is; name it: --template URL"
            )
        url = source.git_url(address)
        if url is None:
            is_there = expanded(address).exists()
            problem = (
                f"the template {address} is not a git repository, and without versions there is "
                "nothing to compare with; make it one, or name one"
                if is_there
                else f"there is no template at {address} any more; if it has moved, say where"
            )
            raise PtgenError(f"{problem}: --template URL")
        clone = workdir / "repository"
        try:
            git.run("clone", "--quiet", "--no-checkout", "--", url, str(clone))
        except PtgenError as error:
            raise PtgenError(
                f"cannot get the template {address}: {error}; if it has moved, say where: "
                "--template URL"
            ) from error
        return cls(clone, source.recordable(address))

    def commit(self, version: str) -> str:
        """Return the commit of a tag, branch or commit.

        Raises:
            PtgenError: If there is none.
        """
        name = "HEAD" if version == self.only else version
        return source.commit_of(self.folder, name, self.address or "of ptgen")

    def newest(self) -> str:
        """Return the commit of the newest version: the highest tag, else the default branch."""
        return self.commit(source.newest_tag(self.folder) or "HEAD")

    def name(self, commit: str, asked: str | None = None) -> str:
        """Return what is recorded for a commit, see ``source.name_of``."""
        return self.only or source.name_of(self.folder, commit, asked)

    def holds(self, commit: str, other: str) -> bool:
        """Tell whether a commit is another one or comes after it."""
        return git.succeeds("merge-base", "--is-ancestor", other, commit, cwd=self.folder)

    def newer(self, commit: str) -> list[str]:
        """Return the names of the versions after a commit, the lowest first.

        Where there are no tags, that is the head of the default branch.
        """
        tags = source.by_version(git.run("tag", "--list", cwd=self.folder).splitlines())
        heads = tags or ["HEAD"]
        after = [tag for tag in heads if not self.holds(commit, self.commit(tag))]
        return after if tags else [self.name(self.commit(head)) for head in after]

    def checkout(self, commit: str, folder: Path) -> Template:
        """Open a version as a plain folder, which is the new ``folder``."""
        folder.mkdir()
        git.run(f"--work-tree={folder}", "checkout", "--force", commit, "--", ".", cwd=self.folder)
        if (folder / ".gitmodules").is_file():
            self._clone_with_submodules(commit, folder)
        source.refuse_links(folder)
        return Template(folder)

    def _clone_with_submodules(self, commit: str, folder: Path) -> None:
        """Open a version that has parts in other repositories."""
        shutil.rmtree(folder)
        git.run(
            "clone", "--quiet", "--shared", "--no-checkout", "--", str(self.folder), str(folder)
        )
        # Relative addresses of submodules are relative to where the template comes from.
        origin = git.run("remote", "get-url", "origin", cwd=self.folder).strip()
        git.run("remote", "set-url", "origin", origin, cwd=folder)
        git.run("checkout", "--quiet", "--detach", commit, cwd=folder)
        source.bring_submodules(folder)
        shutil.rmtree(folder / ".git")


def _repository_of(folder: Path, repository: Path) -> Path:
    """Make a repository with the one version that lies in a folder."""
    shutil.copytree(folder, repository, ignore=shutil.ignore_patterns("__pycache__"))
    git.run("init", "--quiet", cwd=repository)
    git.run("add", "--all", "--force", cwd=repository)
    git.commit("The installed version", cwd=repository)
    return repository
