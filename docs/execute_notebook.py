"""Execute docs/tutorials/notebook.ipynb anew, in place; `make notebook` runs it. It needs the extra `notebook`.

What a terminal would have wiped, such as progress bars, is taken out, and nothing of the machine stays.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parent / "tutorials" / "notebook.ipynb"
FOLDER = NOTEBOOK.parent / "run"  # that it writes to
SECONDS = 600
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATHS = re.compile(r"(?<![\w.])/(?:home|root|tmp|usr|work|Users)/[\w./-]+")


def main() -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    shutil.rmtree(FOLDER, ignore_errors=True)
    place = {"metadata": {"path": str(FOLDER.parent)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=place)
    os.environ["PYTHONWARNINGS"] = "ignore"  # such as those of a busy machine
    client.execute()
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(cleaned, joined(cell.outputs)) if output is not None]
    notebook.metadata = METADATA
    text = nbformat.writes(notebook)
    NOTEBOOK.write_text(text + "\n", encoding="utf8")
    if found := _PATHS.findall(text):
        raise SystemExit(f"Paths of this machine are in the outputs: {', '.join(sorted(set(found)))}")


def joined(outputs: list[Any]) -> list[Any]:
    """Outputs without those of bars that are gone, and streams that they had parted in one."""
    kept: list[Any] = []
    for output in outputs:
        if output.output_type == "display_data" and set(output.data.values()) == {""}:
            continue
        if kept and output.output_type == kept[-1].output_type == "stream" and output.name == kept[-1].name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def cleaned(output: Any) -> Any:
    """As a terminal shows it in the end; None if that is nothing."""
    if output.output_type == "stream":
        text = output.text.replace("\r\n", "\n").replace(f"{FOLDER.parent}/", "")
        lines = _ESCAPES.sub("", text).split("\n")
        output.text = "\n".join(seen(line) for line in lines)
        output.text = re.sub(r"\n{3,}", "\n\n", output.text)
        return output if output.text.strip() else None
    output.metadata = {}
    return output


def seen(line: str) -> str:
    """What is left of a line that was written over; blanks wipe it."""
    written = [text for text in line.split("\r") if text]
    return written[-1].rstrip() if written else ""


if __name__ == "__main__":
    main()
