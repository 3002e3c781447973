"""`spacy bert fill-config`: what a partial config leaves out, from the defaults of this package."""

import sys
from pathlib import Path

from spacy.cli._util import import_code

from .configs.complete import complete_config
from .configs.writing import check_output, write_config
from .initial_config import tell_settings
from .reported import fail


def fill_config_to(base_path: Path, output_path: str, code_path: Path | None, force: bool) -> None:
    """Write the completed config to a file; "-" is standard input, and standard output."""
    import_code(code_path)
    check_output(output_path, force)
    is_file = str(base_path) != "-"
    try:
        text = complete_config(base_path.read_text(encoding="utf8") if is_file else sys.stdin.read())
    except (ImportError, OSError, ValueError) as error:
        fail(f"{base_path if is_file else 'standard input'}: {error}")
    write_config(output_path, text, force)
    if output_path != "-":
        tell_settings(text)
