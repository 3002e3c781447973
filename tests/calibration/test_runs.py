"""A pipeline that is run with its raw scores kept annotates as it does in `nlp.pipe`."""

from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.calibration.runs import run_with_scores
from tests.annotated import TEXTS
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import HEADS, head_of


def test_annotations_are_those_of_pipe_and_raw_scores_decode_to_them(trained: Language) -> None:
    expected = [annotations(doc) for doc in trained.pipe(TEXTS)]
    trained.batch_size = 2
    runs = list(run_with_scores(trained, HEADS[:2], map(trained.make_doc, TEXTS)))
    assert [len(run.docs) for run in runs] == [2, 1]
    assert [annotations(doc) for run in runs for doc in run.docs] == expected
    for run in runs:
        assert set(run.raw_scores) == set(HEADS[:2])
        head = head_of(trained, HEADS[1])
        assert head.decode(run.raw_scores[HEADS[1]]).shape == (len(run.docs), len(head.labels))


def test_components_that_are_functions(trained: Language) -> None:
    @Language.component("shorten_of_runs")
    def shorten(doc: Doc) -> Doc:
        return doc[:2].as_doc()

    trained.add_pipe("shorten_of_runs")
    (run,) = run_with_scores(trained, HEADS, map(trained.make_doc, TEXTS))
    assert [len(doc) for doc in run.docs] == [2, 2, 2]
