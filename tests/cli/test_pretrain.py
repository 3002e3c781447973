"""The arguments of `spacy bert pretrain`."""

from tests.cli.runner import run


def test_help_tells_how_it_is_called() -> None:
    code, output = run("pretrain", "--help")
    assert code == 0
    assert all(name in output for name in ("--output", "--resume", "--save-every", "--code", "--verbose"))
    assert "--gpu-id" not in output


def test_a_config_must_be_there() -> None:
    code, output = run("pretrain", "absent.cfg")
    assert code == 2 and "does not exist" in " ".join(output.replace("│", " ").split())
