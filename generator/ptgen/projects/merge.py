"""Merges what a template changes with what the owner of a project has changed, as git merges.

The base is what the template made of the answers so far; theirs is what it makes of them now; ours
is what is committed. git's own merge follows files that either side has renamed, and tells of those
that one side edited and the other deleted. It runs on a temporary index, with temporary objects and
in an empty work tree: of the project it reads what is committed, and writes nothing.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ptgen.base import git

LINK, MODULE = "120000", "160000"
# What makes git quicker in the work tree of a project misleads it in another.
SETTINGS = {
    "core.fsmonitor": "false",
    "core.safecrlf": "false",
    "core.sparseCheckout": "false",
    "core.splitIndex": "false",
    "core.untrackedCache": "false",
    "merge.directoryRenames": "true",
    "merge.renames": "true",
}
Entry = tuple[str, str]  # its mode and its object


class WorkTree:
    """The git work tree that a project is in.

    Attributes:
        folder: The project.
        prefix: Its path in the work tree, with a slash at the end unless it is empty.
        git_dir: Where git keeps what belongs to this work tree alone.
        objects: Where it keeps the contents.
        head: The commit that is checked out.
    """

    def __init__(self, folder: Path) -> None:
        """Ask git."""
        asked = ("--absolute-git-dir", "--git-path", "objects", "HEAD")
        git_dir, objects, self.head = git.run("rev-parse", *asked, cwd=folder).splitlines()
        self.folder, self.git_dir = folder, Path(git_dir)
        self.objects = (folder / objects).resolve()
        self.prefix = git.run("rev-parse", "--show-prefix", cwd=folder).removesuffix("\n")

    def relative(self, path: str) -> str:
        """Return the path of a file, as it is in the work tree, from the project."""
        return posixpath.relpath(path, self.prefix or ".")

    def contents(self, names: Iterable[str]) -> dict[str, str]:
        """Return what git calls the contents of files of the project, of those that are there.

        What git changes on checkout, such as the ends of lines, makes no difference.
        """
        found: dict[str, str] = {}
        there = [name for name in names if (self.folder / name).is_file()]
        for first in range(0, len(there), 200):
            some = there[first : first + 200]
            options = ("-c", "core.safecrlf=false", "hash-object", "--")
            found |= zip(some, git.run(*options, *some, cwd=self.folder).split(), strict=True)
        return found


@dataclass
class Merge:
    """How a project is to change. All paths are from the project.

    Attributes:
        added: Files that are added, sorted.
        changed: Files whose content or mode changes.
        removed: Files that are removed.
        conflicts: Files of which both sides changed the same lines, or that one side edited and the
            other removed.
        left_out: Files in which the template changes something, and that the owner has deleted, or
            has something else in place of: nothing becomes of the change.
        files: Where the new content of those that are added or changed lies.
        before: What git calls the content of those that are changed or removed.
        index: How the conflicts are marked, as ``git update-index --index-info`` takes it.
        blobs: The contents that this names.
        diff: All of it as a unified diff.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    index: str = ""
    blobs: list[bytes] = field(default_factory=list)
    diff: str = ""


def merge(
    tree: WorkTree, before: Path, after: Path, label: str, workdir: Path, once: Iterable[str] = ()
) -> Merge:
    """Merge what a template changes into what is committed.

    Args:
        tree: The project.
        before: A folder with what the template made, at the project's path in the work tree.
        after: The same with what it makes now.
        label: What the template's side is called in a conflict.
        workdir: A folder to work in.
        once: Files that the template brings where there is none, and leaves alone ever after.

    Raises:
        GitError: If git fails.
    """
    bench = _Bench(tree, workdir / "merge")
    ours, base, theirs = bench.committed(), bench.tree_of(before), bench.tree_of(after)
    mine, old, new = (bench.entries(one) for one in (ours, base, theirs))
    paths = (tree.prefix + name for name in once)
    theirs = bench.changed(theirs, {p: old.get(p) for p in paths if p in old or p in mine})

    # git takes a link for a file of another kind and keeps both, and it renames what is in the way.
    links = [path for path in {*old, *new} if mine.get(path, ("",))[0] in (LINK, MODULE)]
    blocked = sorted(_blocked({*old, *new}, mine))
    left_out = [path for path in blocked if old.get(path) != new.get(path)]
    ours = bench.changed(ours, dict.fromkeys(links))
    base, theirs = (bench.changed(one, dict.fromkeys(blocked)) for one in (base, theirs))

    bench.merge(base, ours, theirs, label)
    unmerged = bench.unmerged()
    left_out += [path for path, sides in unmerged.items() if set(sides) == {"1", "3"}]
    conflicts = [path for path in unmerged if path not in left_out]
    end = bench.settled({path: unmerged[path].get("2") for path in conflicts}, left_out)
    left_out += [path for path in links if path in bench.entries(end)]
    end = bench.changed(end, dict.fromkeys(links))

    marked = {path: unmerged[path] for path in conflicts}
    result = Merge(
        conflicts=sorted(map(tree.relative, conflicts)),
        left_out=sorted(map(tree.relative, left_out)),
        index="".join(_marks(marked)),
        blobs=[bench.read(one) for sides in marked.values() for _, one in sides.values()],
        diff=bench.git("diff", "--no-color", "--no-ext-diff", "--find-renames", ours, end),
    )
    for kind, path in bench.differences(ours, end):
        name = tree.relative(path)
        {"A": result.added, "D": result.removed}.get(kind, result.changed).append(name)
        if kind != "D":
            result.files[name] = bench.files / path
        if kind != "A":
            result.before[name] = mine[path][1]
    return result


def made_of(tree: WorkTree, made: Path, workdir: Path) -> dict[str, str]:
    """Return what git calls the contents of the files that a template made, as ``before`` is."""
    bench = _Bench(tree, workdir / "made-of")
    entries = bench.entries(bench.tree_of(made))
    return {
        tree.relative(path): blob
        for path, (_, blob) in entries.items()
        if path.startswith(tree.prefix)
    }


def _blocked(paths: set[str], mine: Mapping[str, Entry]) -> Iterator[str]:
    """Yield the paths that cannot be files: the owner has a folder there, or a file above."""
    folders = {folder for path in mine for folder in _above(path)}
    for path in paths:
        if path in folders or any(folder in mine for folder in _above(path)):
            yield path


def _above(path: str) -> Iterator[str]:
    return (path[:place] for place, letter in enumerate(path) if letter == "/")


def _marks(unmerged: Mapping[str, Mapping[str, Entry]]) -> Iterator[str]:
    for path, sides in unmerged.items():
        _, blob = next(iter(sides.values()))
        yield f"0 {'0' * len(blob)}\t{path}\0"
        yield from (f"{mode} {blob} {stage}\t{path}\0" for stage, (mode, blob) in sides.items())


class _Bench:
    """A temporary index, temporary objects and an empty work tree on top of a repository."""

    def __init__(self, tree: WorkTree, folder: Path) -> None:
        """Prepare ``folder``, which is new."""
        self._tree, self.files, objects = tree, folder / "files", folder / "objects"
        for needed in (self.files, objects / "info"):
            needed.mkdir(parents=True)
        (objects / "info" / "alternates").write_bytes(os.fsencode(tree.objects) + b"\n")
        self._variables = {
            "GIT_DIR": str(tree.git_dir),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(objects),
        }
        self._settings = [part for pair in SETTINGS.items() for part in ("-c", "=".join(pair))]

    def git(
        self,
        *arguments: str,
        files: Path | None = None,
        names: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> str:
        """Run git on the temporary index, with ``files`` as the work tree."""
        place = files or self.files
        variables = {**self._variables, "GIT_WORK_TREE": str(place), **(names or {})}
        return git.run(*self._settings, *arguments, cwd=place, env=variables, content=content)

    def read(self, blob: str) -> bytes:
        """Return the content of an object."""
        return git.output("cat-file", "blob", blob, cwd=self.files, env=self._variables)

    def committed(self) -> str:
        """Return the tree that is committed."""
        return self.git("rev-parse", f"{self._tree.head}^{{tree}}").strip()

    def tree_of(self, made: Path) -> str:
        """Return the committed tree with other files in place of the project's."""
        self.git("read-tree", self._tree.head)
        self.git("add", "--all", "--force", "--", self._tree.prefix or ".", files=made)
        return self.git("write-tree").strip()

    def entries(self, tree: str) -> dict[str, Entry]:
        """Return the files of a tree, by path."""
        lines = filter(None, self.git("ls-tree", "-r", "-z", tree).split("\0"))
        pairs = (line.split("\t", 1) for line in lines)
        return {path: (facts.split()[0], facts.split()[2]) for facts, path in pairs}

    def changed(self, tree: str, entries: Mapping[str, Entry | None]) -> str:
        """Return a tree with other files at some paths, None for none."""
        if not entries:
            return tree
        self.git("read-tree", tree)
        return self._written(entries)

    def merge(self, base: str, ours: str, theirs: str, label: str) -> None:
        """Merge trees into the index, and write the files that become others than ours."""
        self.git("read-tree", ours)
        names = {f"GITHEAD_{ours}": "yours", f"GITHEAD_{theirs}": label}
        try:
            self.git("merge-recursive", base, "--", ours, theirs, names=names)
        except git.GitError as error:
            if error.status != 1:  # there are conflicts
                raise

    def unmerged(self) -> dict[str, dict[str, Entry]]:
        """Return the conflicts in the index: of each path the sides, by git's numbers for them."""
        found: dict[str, dict[str, Entry]] = {}
        for line in filter(None, self.git("ls-files", "--unmerged", "-z").split("\0")):
            facts, path = line.split("\t", 1)
            mode, blob, stage = facts.split()
            found.setdefault(path, {})[stage] = (mode, blob)
        return found

    def settled(self, conflicts: Mapping[str, Entry | None], left_out: Iterable[str]) -> str:
        """Return the tree of the index, with conflicts as they are in the files, else as given."""
        entries: dict[str, Entry | None] = dict.fromkeys(left_out)
        for path, ours in conflicts.items():
            entries[path] = ours
            if (self.files / path).is_file():
                blob = self.git("hash-object", "-w", "--", path).strip()
                entries[path] = (ours[0] if ours else "100644", blob)
        return self._written(entries)

    def differences(self, tree: str, other: str) -> Iterator[tuple[str, str]]:
        """Yield how the files of two trees differ, as git's letters, and their paths."""
        options = ("-r", "-z", "--no-renames", "--name-status")
        parts = self.git("diff-tree", *options, tree, other).split("\0")
        yield from zip(parts[::2], parts[1::2], strict=False)

    def _written(self, entries: Mapping[str, Entry | None]) -> str:
        zeros = "0" * len(self._tree.head)
        lines = []
        for path, entry in entries.items():
            mode, blob = entry or ("0", zeros)
            lines.append(os.fsencode(f"{mode} {blob}\t{path}\0"))
        self.git("update-index", "-z", "--index-info", content=b"".join(lines))
        return self.git("write-tree").strip()
