"""Which commands a run consists of."""

from pathlib import Path

from spacy_bert_ext.cli.quick.steps import STEPS
from spacy_bert_ext.training.epochs import usual_epochs
from tests.cli.quick.works import make_work, write_corpus

PATHS = "--train corpus/train.spacy --dev corpus/dev.spacy"


def lines(folder: Path, numbers: tuple[int, ...] = (800, 20, 3), task: str = "ner", **options) -> list[str]:
    write_corpus(folder, *numbers)
    work = make_work(folder, task, **options)
    found = [step.arguments(work) for step in STEPS]
    return [" ".join(one).replace(f"{folder}/", "") for one in found]


def test_the_steps_lead_from_data_to_a_package(tmp_path: Path) -> None:
    others = ("--columns", "a,b", "--training.seed", "1")
    assert lines(tmp_path, others=others) == [
        "convert data.csv corpus --task ner --lang en --split 80/10/10 --columns a,b",
        f"init-config config.cfg --task ner --lang en --encoder encoder-en --epochs {usual_epochs(800)} {PATHS}",
        "doctor config.cfg --training.seed 1",
        "train config.cfg --output training --training.seed 1",
        "calibrate training/model-best corpus/dev.spacy calibrated --min-scored 20",
        "evaluate calibrated corpus/test.spacy --output report --training training",
        "package calibrated packages --name data",
    ]


def test_data_that_was_split_before_stays_as_it_is(tmp_path: Path) -> None:
    for name in ("train.csv", "dev.csv", "test.csv"):
        (tmp_path / name).touch()
    work = make_work(tmp_path / "out", data=str(tmp_path))
    assert STEPS[0].arguments(work) == [
        "convert", str(tmp_path), str(tmp_path / "out" / "corpus"), "--task", "ner", "--lang", "en"
    ]  # fmt: skip


def test_what_was_given_is_not_chosen(tmp_path: Path) -> None:
    found = lines(tmp_path, encoder="mine", epochs=2, name="named", task="spans")
    assert "--task spancat --lang en --encoder mine --epochs 2 " in found[1] and found[-1].endswith("--name named")


def test_few_texts_are_learned_more_often(tmp_path: Path) -> None:
    work = make_work(tmp_path)
    (_, init_config, *_) = STEPS
    for n_texts in (24, 999, 1000):
        work.journal.note("n_texts", {"train.spacy": n_texts})
        assert f"--epochs {usual_epochs(n_texts)} " in " ".join(init_config.arguments(work))


def test_thresholds_are_tuned_where_labels_hold_independently(tmp_path: Path) -> None:
    for task, tuned in (("textcat_multilabel", True), ("spans", True), ("textcat", False), ("qa", False)):
        assert ("--thresholds" in lines(tmp_path / task, task=task)[4]) == tuned


def test_texts_are_counted_once_and_in_folders_too(tmp_path: Path) -> None:
    write_corpus(tmp_path, 3, 2, 1)
    work = make_work(tmp_path)
    assert work.n_texts("train.spacy") == 3
    (tmp_path / "corpus" / "train.spacy").unlink()
    assert make_work(tmp_path).n_texts("train.spacy") == 3
    (tmp_path / "corpus" / "many").mkdir()
    for name in ("dev", "test"):
        (tmp_path / "corpus" / f"{name}.spacy").rename(tmp_path / "corpus" / "many" / f"{name}.spacy")
    assert work.n_texts("many") == 3


def test_an_encoder_is_chosen_once(tmp_path: Path) -> None:
    work = make_work(tmp_path)
    assert work.encoder() == "encoder-en"
    again = make_work(tmp_path)._replace(choose_encoder=lambda lang: "other")
    assert again.encoder() == "encoder-en"
    assert again._replace(request=again.request._replace(lang="de")).encoder() == "other"


def test_training_goes_on_if_it_has_a_state(tmp_path: Path) -> None:
    work = make_work(tmp_path)
    (train,) = [step for step in STEPS if step.name == "train"]
    assert list(train.resumes(work)) == []
    (tmp_path / "training" / "training-state").mkdir(parents=True)
    assert list(train.resumes(work)) == ["--resume"]
