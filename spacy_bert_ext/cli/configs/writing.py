"""Where `init-config` and `fill-config` write."""

from pathlib import Path

from wasabi import msg

from ...files.folders import SaveError, write_text_whole


def write_config(output_path: str, text: str, force: bool) -> None:
    """Write a config to a file, or with "-" to standard output. A file that is there is replaced only with `force`."""
    if output_path == "-":
        print(text)
        return
    path = Path(output_path)
    if path.exists() and not force:
        msg.fail(f"{path} exists already: use --force to overwrite it", exits=1)
    try:
        write_text_whole(path, text)
    except SaveError as error:
        msg.fail(str(error), exits=1)
    msg.good(f"Wrote {path}")
