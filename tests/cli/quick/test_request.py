"""What `spacy bert quick` was asked for."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.quick.request import Request


def request(data: str = "reviews.csv", task: str = "ner", **options) -> Request:
    return Request(data, task, lang="en", output=Path("out"), **options)


def test_other_options_are_told_apart_by_the_dot_in_their_names() -> None:
    others = ("--columns", "text=a.b,label=c", "--training.max_steps", "5", "--no-header", "--a.b=c.d", "-f", "csv")
    asked = request(others=others)
    assert asked.conversion == ["--columns", "text=a.b,label=c", "--no-header", "-f", "csv"]
    assert asked.settings == ["--training.max_steps", "5", "--a.b=c.d"]


def test_numbers_below_zero_are_values() -> None:
    asked = request(others=("--training.max_epochs", "-1", "--no-header", "--training.a", "-.5"))
    assert asked.settings == ["--training.max_epochs", "-1", "--training.a", "-.5"]
    assert asked.conversion == ["--no-header"]


@pytest.mark.parametrize(
    "data, name",
    [("a/My reviews-2.csv.gz", "my_reviews_2"), ("corpus/", "corpus"), ("文本.csv", "ner"), ("user/set", "set")],
)
def test_a_package_has_the_name_of_its_data(data: str, name: str) -> None:
    assert request(data).package_name == name
    assert request(data, name="given").package_name == "given"


def test_the_command_is_as_it_was_typed() -> None:
    asked = request(encoder="e", epochs=3, others=("--columns", "1,2"))
    assert asked.arguments() == [
        *("quick", "reviews.csv", "--task", "ner", "--lang", "en", "--output", "out"),
        *("--encoder", "e", "--epochs", "3", "--columns", "1,2"),
    ]


def test_an_unknown_task_is_told() -> None:
    with pytest.raises(ValueError, match="B010.*summaries.*spans"):
        request(task="summaries").check()


def test_data_comes_in_one_file_or_in_three_parts(tmp_path: Path) -> None:
    request().check()
    for name in ("train.csv", "dev.csv"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match="B545.*parts train, dev, but no test"):
        request(str(tmp_path)).check()
    (tmp_path / "test.csv").touch()
    request(str(tmp_path)).check()
    assert list(request(str(tmp_path)).parts()) == ["train", "dev", "test"]
