"""Where recipes are imported from: a repository with all its versions, or a folder as it lies."""

from dataclasses import dataclass
from pathlib import Path

from ptgen.base.digest import tree_digest
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.home import expanded
from ptgen.templates import Template, Versions, source
from ptgen.templates.origins import Origin, without_credentials


@dataclass(frozen=True)
class Release:
    """A version of a source, as a plain folder.

    Attributes:
        address: Where the source can be had again.
        version: Its tag or commit; None if it is not in git.
        commit: Its commit; None if it is not in git.
        folder: The folder.
    """

    address: str
    version: str | None
    commit: str | None
    folder: Path

    @property
    def place(self) -> str:
        """Where and which, for a message: ``URL at v1.0``."""
        return f"{self.address} at {self.version}" if self.version else self.address

    @property
    def names(self) -> list[str]:
        """Names of its recipes."""
        return sorted(path.parent.name for path in self.folder.glob("recipes/*/recipe.yml"))

    def members(self, group: str) -> list[str]:
        """Return the names of the recipes of a group, as far as they can be read."""
        try:
            return [
                entry.name
                for entry in Template(self.folder).valid_manifests
                if entry.group == group
            ]
        except Problems:
            return []

    def recipe(self, name: str) -> Path:
        """Return the folder of a recipe."""
        return self.folder / "recipes" / name

    def origin(self, name: str) -> Origin:
        """Return what is to be recorded of a recipe that is taken from here."""
        return Origin(self.address, self.version, tree_digest(self.recipe(name)))


class Source:
    """Where recipes come from: a repository with all its versions, or a folder as it lies.

    Attributes:
        address: Where it can be had again, without user and password.
    """

    def __init__(self, where: str, workdir: Path) -> None:
        """Get it.

        Args:
            where: A path or URL of git, or gh:owner/name.
            workdir: A folder that does not exist, to keep it in.

        Raises:
            PtgenError: If it cannot be had.
        """
        workdir.mkdir()
        self._workdir = workdir
        self._releases: dict[str, Release] = {}
        self._versions: Versions | None = None
        address = source.asked_for(where) or where
        url = source.git_url(address)
        if url is None:
            self.address = str(expanded(address))
            if not Path(self.address).is_dir():
                raise PtgenError(
                    f"there is nothing at {address}; expected a folder, a git URL or gh:owner/name"
                )
        else:
            self.address = without_credentials(source.recordable(address))
            clone = source.clone_of(self.address, url, workdir / "clone", "repository")
            self._versions = Versions(clone, self.address)

    @property
    def is_remote(self) -> bool:
        """Whether others than this machine can reach it."""
        return not Path(self.address).exists()

    def at(self, ref: str | None) -> Release:
        """Return a version: a tag, branch or commit; if not given, the newest.

        Raises:
            PtgenError: If there is none, or if it holds what recipes may not.
        """
        if self._versions is None:
            if ref:
                raise PtgenError(f"{ref} is a version of a repository; {self.address} is not one")
            source.refuse_links(Path(self.address))
            return Release(self.address, None, None, Path(self.address))
        clone = self._versions.folder
        commit = self._commit(ref or source.newest_tag(clone) or "HEAD")
        if commit not in self._releases:
            folder = self._versions.checkout(commit, self._workdir / commit).folder
            version = self._versions.name(commit)
            self._releases[commit] = Release(self.address, version, commit, folder)
        return self._releases[commit]

    def is_behind(self, release: Release, version: str | None) -> bool:
        """Tell whether a version that is recorded comes after another."""
        if self._versions is None or version is None or release.commit is None:
            return False
        try:
            now = self._commit(version)
        except PtgenError:
            return False
        return now != release.commit and self._versions.holds(now, release.commit)

    def _commit(self, ref: str) -> str:
        assert self._versions is not None
        return source.commit_of(self._versions.folder, ref, self.address, "repository")


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are one for git."""

    def plain(address: str) -> str:
        return without_credentials(source.git_url(address) or address).removesuffix(".git")

    return plain(one) == plain(other)
