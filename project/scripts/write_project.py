"""Write project.yml from project.yml.jinja, where the commands that all recipes have stand once."""

from pathlib import Path

import jinja2

PROJECT = Path(__file__).parent.parent


def project_text() -> str:
    """What project.yml should be."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PROJECT),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template("project.yml.jinja").render()


if __name__ == "__main__":
    (PROJECT / "project.yml").write_text(project_text(), encoding="utf8")
