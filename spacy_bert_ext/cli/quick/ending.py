"""What `spacy bert quick` tells at last: scores, where things are, how the package is installed and used."""

from itertools import islice
from pathlib import Path

import spacy
import srsly
from spacy.tokens import Doc
from spacy.training import Corpus
from wasabi import msg

from ...checkpoints.packaging import install_line
from ...evaluation.page.files import PAGE_FILE, SCORES_FILE
from ...pipeline.questions.asking import define_questions, questions_of
from ..evaluating import print_scores
from .steps import TEST, Work

OWN_WHEEL = "spacy_bert_ext-"
_TEXTS_READ = 200  # of which one is the example
_USUAL, _LONGEST = 60, 300  # characters of it

_USES = {
    "ner": "print([(ent.text, ent.label_, ent._.score) for ent in doc.ents])",
    "spans": "print([(span.text, span.label_, span._.score) for span in doc.spans['sc']])",
    "textcat": "print(doc.cats)",
    "textcat_multilabel": "print(nlp.get_pipe('bert_textcat_multilabel').categories(doc), doc.cats)",
    "qa": "print(nlp.get_pipe('bert_qa').answer(doc, {question!r}))",
}


def tell_ending(work: Work, seconds: float) -> None:
    """seconds (float): That this run has taken."""
    folder = work.request.output
    scores = srsly.read_json(folder / "report" / SCORES_FILE)
    wheels = sorted((folder / "packages").glob("*.whl"), key=lambda wheel: wheel.name.startswith(OWN_WHEEL))
    text, use = _example(work)
    msg.divider(f"Done in {int(seconds) // 60}:{int(seconds) % 60:02} minutes")
    print(f"Scores on {scores['docs']:,} test texts, which training and calibration did not see:")
    print_scores(scores)
    print(f"Report:   {folder / 'report' / PAGE_FILE}")
    print(f"Package:  {wheels[0]}")
    print(f"Install:  {install_line(wheels)}")
    print("Use:")
    for line in ("import spacy", f'nlp = spacy.load("{wheels[0].name.split("-")[0]}")', f"doc = nlp({text!r})", use):
        print(f"    {line}")


def _example(work: Work) -> tuple[str, str]:
    """RETURNS (Tuple[str, str]): A short text of the test data, and a line of Python that shows what is found."""
    define_questions()
    corpus = Corpus(Path(work.corpus(TEST)))
    docs = [eg.reference for eg in islice(corpus(spacy.blank(work.request.lang)), _TEXTS_READ)]
    doc = min(docs, key=lambda doc: (not _has_annotation(doc), abs(len(doc.text) - _USUAL)))
    question = next(iter(questions_of(doc, {}).values()), "")
    return doc.text[:_LONGEST], _USES[work.request.task].format(question=question)


def _has_annotation(doc: Doc) -> bool:
    return bool(doc.ents) or any(len(group) for group in doc.spans.values()) or any(doc.cats.values())
