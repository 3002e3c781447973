"""Other commands of this package, run within this process as if they were typed."""

import gc
from collections.abc import Sequence

from spacy.cli._util import app
from typer.main import get_command

from ..next_steps import as_step
from ..typed import PROGRAM


def call(arguments: Sequence[str]) -> int:
    """RETURNS (int): The exit code: 0 if the command did what it should; else it has told why it did not."""
    try:
        with as_step():
            get_command(app).main(["bert", *arguments], prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        gc.collect()  # a pipeline holds circles of references: the next command needs its memory
    return 0
