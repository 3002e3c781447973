"""`spacy bert fill-config`: what a partial config leaves out, from the defaults of this package."""

import sys
from pathlib import Path

from spacy.cli._util import import_code
from wasabi import msg

from .configs.complete import complete_config
from .configs.writing import write_config


def fill_config_to(base_path: Path, output_path: str, code_path: Path | None, force: bool) -> None:
    """Write the completed config to a file; "-" is standard input, and standard output."""
    import_code(code_path)
    is_file = str(base_path) != "-"
    try:
        text = complete_config(base_path.read_text(encoding="utf8") if is_file else sys.stdin.read())
    except (ImportError, OSError, ValueError) as error:
        msg.fail(f"{base_path if is_file else 'standard input'}: {error}", exits=1)
    write_config(output_path, text, force)
