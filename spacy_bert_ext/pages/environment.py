"""Jinja's environment for pages that need nothing else: no scripts, no links, no network."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

TEMPLATES = "templates"  # folder in a package


def page_environment(package: str) -> Environment:
    """The templates of a package and those of all pages, such as `base.css`. Everything that they print is escaped.

    package (str): Its dotted name; it holds a folder `templates`.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(name, TEMPLATES) for name in (package, __package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
