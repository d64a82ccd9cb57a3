"""A template's copier.yml: its questions, their defaults, and a refusal of what would run code."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import yaml
from jinja2 import BytecodeCache, FunctionLoader, TemplateError
from jinja2.bccache import Bucket
from jinja2.loaders import split_template_path
from jinja2.sandbox import SandboxedEnvironment

from ptgen.base.errors import Problems, PtgenError, one_line
from ptgen.base.names import did_you_mean
from ptgen.base.signals import time_limit
from ptgen.base.yaml_limits import refuse_unbounded

RUNS_CODE = ("_tasks", "_jinja_extensions", "_migrations")
# Settings of Copier that neither run anything nor read anything outside the template.
SETTINGS = (
    *("_answers_file", "_envops", "_exclude", "_min_copier_version", "_secret_questions"),
    *("_skip_if_exists", "_subdirectory", "_templates_suffix"),
    *(f"_message_{when}_{what}" for when in ("before", "after") for what in ("copy", "update")),
)
# Of these, paths, each with where it must stay and an example.
PATHS = {
    "_answers_file": ("project", ".copier-answers.yml"),
    "_subdirectory": ("template", "template"),
}
# Options of Jinja that only say how templates are written, by what they are.
OPTIONS: dict[str, type] = {
    **dict.fromkeys(("trim_blocks", "lstrip_blocks", "keep_trailing_newline"), bool),
    **dict.fromkeys(("autoescape", "optimized"), bool),
    **{f"{kind}_start_string": str for kind in ("block", "variable", "comment")},
    **{f"{kind}_end_string": str for kind in ("block", "variable", "comment")},
    **dict.fromkeys(("line_statement_prefix", "line_comment_prefix", "newline_sequence"), str),
}
# What an expression of a template can come to.
MISTAKES = (
    TemplateError,
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# How long a project, or one text, may take to render, in seconds of the processor.
SECONDS = 60.0
NAMES = ("copier.yml", "copier.yaml")
Entries = dict[str, Any]


class Compiled(BytecodeCache):
    """Keeps what Jinja has compiled, by content, for all templates that this process opens."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled of the same text, if anything was."""
        if code := self._code.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what has been compiled."""
        self._code[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


# By the options of Jinja, on which the code depends as well.
_COMPILED: defaultdict[str, Compiled] = defaultdict(Compiled)


class Config:
    """The questions and settings of a template.

    Attributes:
        folder: The template's folder.
        entries: All of copier.yml.
        environment: Renders the template's texts as Copier does, without access to anything else.
            Each file is read and compiled once.
    """

    def __init__(self, folder: Path) -> None:
        """Read copier.yml in the folder of a template.

        Raises:
            PtgenError: If it is not there or not YAML, or if the template would run code.
            Problems: With every setting that could reach outside the template and the project.
        """
        self.folder = folder
        self.entries = _read(folder)
        self.refuse_code()
        if found := list(_unsafe(self.entries)):
            raise Problems(f"copier.yml of {folder}: {problem}" for problem in found)
        self.text = cache(self._text)
        options = self.entries.get("_envops") or {}
        try:
            self.environment = SandboxedEnvironment(
                loader=FunctionLoader(self.text),
                cache_size=-1,
                auto_reload=False,
                bytecode_cache=_COMPILED[repr(options)],
                **options,
            )
        except AssertionError as error:  # such as two delimiters that are the same
            raise PtgenError(f"copier.yml of {folder}: _envops: {error}") from error
        self.environment.filters["from_yaml"] = _from_yaml

    def refuse_code(self) -> None:
        """Raise PtgenError if the template would run code, which is so for every ``Config``."""
        if found := [key for key in RUNS_CODE if self.entries.get(key)]:
            raise PtgenError(
                f"{self.folder} would run code of its own: copier.yml has {', '.join(found)}. "
                "ptgen uses templates without; remove them, or use copier copy --trust"
            )

    @property
    def public(self) -> list[str]:
        """Names of the questions that a person can answer."""
        return [name for name, question in self._questions() if not _is_hidden(question)]

    def known(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to questions that a person can answer, without all others.

        ``ablated``, by which ``ptgen blame`` asks for a project that lacks something, is kept.
        """
        names = (*self.public, "ablated")
        return {name: value for name, value in answers.items() if name in names}

    @property
    def hidden(self) -> dict[str, Entries]:
        """The questions that the template answers itself, by name."""
        return {name: question for name, question in self._questions() if _is_hidden(question)}

    @property
    def answers_file(self) -> str:
        """Path in a project of the answers it was created with."""
        return str(self.entries.get("_answers_file", ".copier-answers.yml"))

    @property
    def suffix(self) -> str:
        """How the names of files end that are rendered, not copied."""
        return str(self.entries.get("_templates_suffix", ".jinja"))

    @property
    def subdirectory(self) -> str:
        """The folder that projects are made of."""
        return str(self.entries.get("_subdirectory", ""))

    def made_once(self, names: Iterable[str], answers: Mapping[str, Any]) -> list[str]:
        """Return, of files of a project, those that are made only where there are none."""
        from pathspec import GitIgnoreSpec

        texts = self.entries.get("_skip_if_exists") or []
        with rendering():
            patterns = [self.environment.from_string(str(text)).render(answers) for text in texts]
        return list(GitIgnoreSpec.from_lines(patterns).match_files(names))

    def default(self, name: str, answers: Mapping[str, Any]) -> str:
        """Return the default of a question, given the answers to earlier ones.

        Raises:
            PtgenError: If the template does not ask it.
        """
        if name not in self.entries:
            raise PtgenError(f"copier.yml of the template has no question {name}; add it")
        question = self.entries[name]
        value = question.get("default", "") if isinstance(question, dict) else question
        try:
            with rendering():
                return self.environment.from_string(str(value)).render(answers)
        except MISTAKES as error:
            raise PtgenError(f"copier.yml of {self.folder}: {name}: {one_line(error)}") from error

    def render(self, path: str, context: Mapping[str, Any]) -> str:
        """Render a file of the template.

        Raises:
            PtgenError: If the file is not there or cannot be rendered.
        """
        try:
            with rendering():
                return self.environment.get_template(path).render(context)
        except MISTAKES as error:
            raise PtgenError(f"{path} of the template: {one_line(error)}") from error

    def _questions(self) -> Iterator[tuple[str, Any]]:
        return ((name, entry) for name, entry in self.entries.items() if not name.startswith("_"))

    def _text(self, name: str) -> str | None:
        path = self.folder.joinpath(*split_template_path(name))  # which refuses ".."
        return path.read_bytes().decode() if path.is_file() else None


@contextmanager
def rendering() -> Iterator[None]:
    """Stop a rendering that takes too long, and say of which file."""
    with time_limit(SECONDS, _too_long):
        yield


def _too_long(frame: FrameType | None) -> PtgenError:
    while frame and not {"blocks", "environment", "root"} <= frame.f_globals.keys():
        frame = frame.f_back
    name = frame.f_globals.get("name") if frame else None  # as Jinja compiles a template
    return PtgenError(
        f"{name or 'copier.yml'} of the template takes more than {SECONDS:g} s to render; expected "
        "fractions of a second: does it repeat something without end?"
    )


def _unsafe(entries: Entries) -> Iterator[str]:
    """Yield the settings that could run code, or read or write where they should not."""
    for key, value in entries.items():
        if not isinstance(key, str):
            yield f"{key!r} is not the name of a question or a setting"
        elif key.startswith("_") and key not in SETTINGS and value:
            yield f"{key} is not a setting that ptgen allows{did_you_mean(key, SETTINGS)}"
    for key, (place, example) in PATHS.items():
        path = entries.get(key, "")
        if not isinstance(path, str) or not is_inside(path) or "{" in path:
            yield f"{key}: {path!r} is not a path inside the {place}; expected one like {example}"
    options = entries.get("_envops") or {}
    if not isinstance(options, dict):
        yield f"_envops: {options!r} is not a mapping, as in {{trim_blocks: true}}"
        return
    for name, value in options.items():
        kind = OPTIONS.get(name)
        if kind is None:
            hint = did_you_mean(str(name), OPTIONS) or f"; expected one of {', '.join(OPTIONS)}"
            yield f"_envops: {name} is not an option that ptgen allows{hint}"
        elif not isinstance(value, kind) or value == "":
            yield f"_envops: {name}: {value!r} is not {'true or false' if kind is bool else 'text'}"


def is_inside(path: str) -> bool:
    """Tell whether a path leads nowhere outside the folder that it is relative to."""
    parts = path.replace("\\", "/").split("/")
    return ".." not in parts and not path.startswith(("/", "\\", "~")) and ":" not in parts[0]


def _from_yaml(data: Any) -> Any:
    """Read text as Copier's filter of this name does, which lets other values through."""
    return yaml.safe_load(data) if isinstance(data, str) else data


def _is_hidden(question: Any) -> bool:
    return isinstance(question, dict) and question.get("when") is False


def _read(template: Path) -> Entries:
    """Read copier.yml as Copier does: all its documents, and those they include, as one.

    What a question includes is left out: that is the registry, which is read elsewhere.
    """
    path = next((template / name for name in NAMES if (template / name).is_file()), None)
    if path is None:
        raise PtgenError(
            f"{template} is not a template: it has no copier.yml; expected copier.yml, template/, "
            "recipes/ and composition/"
        )
    entries: Entries = {}
    for document in _documents(template, path):
        entries |= document
    return entries


class _Loader(yaml.SafeLoader):
    """YAML in which ``!include`` stands for the pattern of the files."""


class _Include(str):
    """The pattern of included files."""


def _included(loader: _Loader, node: yaml.ScalarNode) -> _Include:
    pattern = loader.construct_scalar(node)
    if not pattern or not is_inside(pattern):
        problem = f"!include {pattern}: expected a pattern of files inside the template"
        raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
    return _Include(pattern)


_Loader.add_constructor("!include", _included)


def _documents(template: Path, path: Path, outer: tuple[Path, ...] = ()) -> Iterator[Entries]:
    if path in outer:
        raise PtgenError(f"{path} includes itself")
    try:
        text = path.read_bytes().decode()
        refuse_unbounded(text, str(path))
        documents = list(yaml.load_all(text, _Loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PtgenError(f"{path} is not YAML: {error}") from error
    for document in documents:
        if isinstance(document, _Include):
            for included in filter(Path.is_file, sorted(template.glob(str(document)))):
                yield from _documents(template, included, (*outer, path))
        elif isinstance(document, dict):
            yield document
