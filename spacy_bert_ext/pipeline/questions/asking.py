"""What Docs are asked: questions of the config, or those that a Doc is given as `doc._.questions`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...errors import Errors
from ...heads.question_answerer import AskedTexts
from ...pieces.tokens import have_tokens
from ...questions.answer_scores import AnswerScores
from ..streams import estimated_pieces

QUESTIONS = "questions"  # extension of a Doc
CHUNK_PIECES = 65536  # of questions and texts whose vectors are held at once
CHARACTERS_PER_PIECE = 3

Questions = Mapping[str, str]  # by name


def define_questions() -> None:
    """Define `doc._.questions`, unless something else has."""
    if not Doc.has_extension(QUESTIONS):
        Doc.set_extension(QUESTIONS, default=None)


def read_questions(found: object, place: str) -> Questions:
    """Questions by name. A list has questions whose names are themselves.

    place (str): Where they stand, for errors.
    RAISES (ValueError): Something else, an empty or a double question, or a name that is none.
    """
    if isinstance(found, (list, tuple)):
        pairs: list[tuple[Any, Any]] = [(question, question) for question in found]
    elif isinstance(found, Mapping):
        pairs = list(found.items())
    else:
        raise ValueError(Errors.B432.format(place=place, found=found))
    for name, question in pairs:
        if not isinstance(question, str) or not is_visible(question):
            raise ValueError(Errors.B433.format(place=place, name=name, found=question))
        if not isinstance(name, str) or not name:
            raise ValueError(Errors.B434.format(place=place, question=question, found=name))
    questions = dict(pairs)
    if len(questions) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(Errors.B435.format(place=place, question=double))
    return questions


def is_visible(text: str) -> bool:
    """Whether there is something to read in it: a tokenizer makes no pieces of control and format characters."""
    return any(character.isprintable() and not character.isspace() for character in text)


def questions_of(doc: Doc, default: Questions) -> Questions:
    """What the Doc is asked: its own questions or, if it has none, these.

    RAISES (ValueError): Its own are none, see `read_questions`.
    """
    own = getattr(doc._, QUESTIONS)
    if own is None:
        return default
    return read_questions(own, f"`doc._.questions` of the Doc {doc.text[:50]!r}")


def ask(docs: Sequence[Doc], questions: Sequence[Questions]) -> AskedTexts:
    """Each of these questions beside its Doc.

    questions: Of each Doc: (n_docs,). A Doc may stand there more than once.
    """
    # In a vocabulary that is thrown away: the pipeline's would grow by each question.
    vocab, made = Vocab(), {}
    texts: list[Doc] = []
    for doc, of_doc in zip(docs, questions):
        for question in of_doc.values():
            if question not in made:
                # Of one token, so that its pieces are what the checkpoint's tokenizer makes of the text.
                made[question] = Doc(vocab, words=[question], spaces=[False])
            texts += [made[question], doc]
    names = tuple(name for of_doc in questions for name in of_doc)
    pairs_per_doc = np.array([len(of_doc) for of_doc in questions], dtype=np.int64)
    return AskedTexts(docs, texts, names=names, pairs_per_doc=pairs_per_doc)


def chunks(asked: AskedTexts, n_pieces: int = CHUNK_PIECES) -> Iterator[AskedTexts]:
    """The pairs in parts of about so many pieces, which hold at least one pair each."""
    pairs = list(zip(asked.texts[::2], asked.texts[1::2]))
    begin = held = 0
    for end, (question, doc) in enumerate(pairs):
        needed = estimated_pieces(doc) + len(question.text) // CHARACTERS_PER_PIECE
        if end > begin and held + needed > n_pieces:
            yield _part(asked, begin, end)
            begin, held = end, 0
        held += needed
    if pairs:
        yield _part(asked, begin, len(pairs))


def _part(asked: AskedTexts, begin: int, end: int) -> AskedTexts:
    """The pairs from `begin` to `end`."""
    texts = asked.texts[2 * begin : 2 * end]
    n_pairs = np.ones(end - begin, dtype=np.int64)
    return AskedTexts(texts[1::2], texts, names=asked.names[begin:end], pairs_per_doc=n_pairs)


def checked_answer_scores(scores: object, asked: AskedTexts, name: str) -> AnswerScores:
    """The scores themselves.

    name (str): Of the component.
    RAISES (ValueError): They are of another kind, of other questions, or of texts with other tokens.
    """
    found = type(scores).__name__
    if isinstance(scores, AnswerScores):
        texts = asked.texts[1::2]
        if scores.names == asked.names and have_tokens(texts, scores.tokens_per_pair, scores.tokens):
            return scores
        found = _described(scores.names, scores.tokens_per_pair.tolist())
    allowed = _described(asked.names, [len(text) for text in asked.texts[1::2]])
    raise ValueError(Errors.B113.format(name=name, allowed=allowed, found=found))


def _described(names: Sequence[str], n_tokens: Sequence[int]) -> str:
    return f"scores of the questions {', '.join(names)} to texts of {n_tokens} tokens"
