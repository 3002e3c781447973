"""Where `init-config` and `fill-config` write."""

from pathlib import Path

from wasabi import msg

from ...files.folders import SaveError, write_text_whole
from ..reported import fail, refuse_existing


def check_output(output_path: str, force: bool) -> None:
    """Leave if a file is there that may not be replaced."""
    if output_path != "-":
        refuse_existing(output_path, force)


def write_config(output_path: str, text: str, force: bool) -> None:
    """Write a config to a file, or with "-" to standard output. A file that is there is replaced only with `force`."""
    if output_path == "-":
        print(text)
        return
    check_output(output_path, force)
    path = Path(output_path)
    try:
        write_text_whole(path, text)
    except SaveError as error:
        fail(str(error))
    msg.good(f"Wrote {path}")
