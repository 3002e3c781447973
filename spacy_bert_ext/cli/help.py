"""`spacy bert help`: its argument."""

import typer


def help_(code: str = typer.Argument(..., help="Code of an error or a warning, such as B001")) -> None:
    """Explain a message of this package by its code: cause, example and remedy."""
    from .message_help import explain_message

    explain_message(code)
