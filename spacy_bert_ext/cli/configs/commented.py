"""Configs as text: put together without losing the comments that stand above sections and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import Errors


@dataclass
class Setting:
    """value: As it is written, in JSON; may have several lines."""

    value: str
    comment: str = ""


@dataclass
class Section:
    settings: dict[str, Setting] = field(default_factory=dict)
    comment: str = ""

    @property
    def function(self) -> tuple[str, str] | None:
        """The registered function that the section calls, such as ("@optimizers", '"Adam.v1"')."""
        return next(((key, found.value) for key, found in self.settings.items() if key.startswith("@")), None)

    def replace(self, other: "Section") -> None:
        """Take over another section's settings. Comments stay where it has none."""
        self.comment = other.comment or self.comment
        for key, found in other.settings.items():
            comment = found.comment or (self.settings[key].comment if key in self.settings else "")
            self.settings[key] = Setting(found.value, comment)


class CommentedConfig:
    """Sections by their names in dots, in the order in which they are written.

    RAISES (ValueError): A line that is no section, setting or comment.
    """

    def __init__(self, text: str = "") -> None:
        self.sections: dict[str, Section] = {}
        section = Section()
        comment: list[str] = []
        key = ""
        for line in text.splitlines():
            if line.startswith("[") and "]" in line:
                section = self.sections.setdefault(line[1 : line.rindex("]")], Section())
                section.comment = _joined(comment)
            elif not line.strip() or line.startswith("#"):
                comment.append(line)
                continue
            elif line[0].isspace() and key:
                section.settings[key].value += f"\n{line}"
                continue
            elif "=" not in line or line.startswith("[") or not self.sections:
                raise ValueError(Errors.B323.format(line=line))
            else:
                key, value = (part.strip() for part in line.split("=", 1))
                section.settings[key] = Setting(value, _joined(comment))
            comment = []

    @classmethod
    def of(cls, sections: Mapping[str, Section]) -> "CommentedConfig":
        config = cls()
        config.sections = dict(sections)
        return config

    def value(self, section: str, key: str) -> str | None:
        found = self.sections.get(section, Section()).settings.get(key)
        return None if found is None else found.value

    def set(self, section: str, key: str, value: str) -> None:
        self.merge(CommentedConfig(f"[{section}]\n{key} = {value}"))

    def merge(self, other: "CommentedConfig") -> None:
        """Take over another config's settings, as spaCy merges configs: a section that calls another function is
        replaced, with the sections below it."""
        for name, section in other.sections.items():
            ours = self.sections.get(name)
            if ours is not None and section.function not in (None, ours.function):
                self._drop_below(name)
                self.sections[name] = Section(comment=ours.comment)
            for key in section.settings:
                self._drop(f"{name}.{key}")
            self._section(name).replace(section)

    def _section(self, name: str) -> Section:
        """That of the name; a new one stands behind the last of those that it has most of its name in common with."""
        if name not in self.sections:
            parent, _, key = name.rpartition(".")
            if parent:
                self._section(parent).settings.pop(key, None)  # a null, of which a block is made
            names = list(self.sections)
            beside = [at for at, other in enumerate(names) if f"{other}.".startswith(f"{parent}.")]
            at = beside[-1] + 1 if beside and parent else len(names)
            names.insert(at, name)
            self.sections = {key: self.sections.get(key, Section()) for key in names}
        return self.sections[name]

    def _drop(self, name: str) -> None:
        self.sections.pop(name, None)
        self._drop_below(name)

    def _drop_below(self, name: str) -> None:
        self.sections = {key: found for key, found in self.sections.items() if not key.startswith(f"{name}.")}

    def to_str(self) -> str:
        return "\n".join(_lines(name, section) for name, section in self.sections.items())


def _joined(lines: list[str]) -> str:
    """Comments as they stand, with the blank line that sets them apart from what follows, if there is one."""
    text = "\n".join(lines)
    return text.strip() + "\n" * (bool(text.strip()) and not lines[-1])


def _lines(name: str, section: Section) -> str:
    lines = [section.comment, f"[{name}]"]
    for key, found in section.settings.items():
        lines += [found.comment, f"{key} = {found.value}"]
    return "".join(f"{line}\n" for line in lines if line)
