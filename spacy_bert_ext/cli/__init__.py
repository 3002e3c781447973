"""`python -m spacy bert ...`."""

import typer
from spacy.cli._util import app as spacy_app

app = typer.Typer(name="bert", help="Commands for BERT pipelines.", no_args_is_help=True)
spacy_app.add_typer(app)

from . import init_config  # noqa: F401  (registers its command)
