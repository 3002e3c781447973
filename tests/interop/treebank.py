"""A handful of sentences as Universal Dependencies have them, with entities and a category each."""

from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.training import Example
from spacy.training.converters import conllu_to_docs
from spacy.vocab import Vocab

CATEGORIES = ("news", "sport", "order")

# Columns: form, lemma, part of speech, tag, features, head, relation, entity
SENTENCES = [
    (
        "news",
        """
        Angela      Angela      PROPN  NNP  Number=Sing     3  nsubj   B-PERSON
        Merkel      Merkel      PROPN  NNP  Number=Sing     1  flat    L-PERSON
        visited     visit       VERB   VBD  Tense=Past      0  root    O
        Barack      Barack      PROPN  NNP  Number=Sing     3  obj     B-PERSON
        Obama       Obama       PROPN  NNP  Number=Sing     4  flat    L-PERSON
        in          in          ADP    IN   _               7  case    O
        Washington  Washington  PROPN  NNP  Number=Sing     3  obl     U-GPE
        .           .           PUNCT  .    _               3  punct   O
        """,
    ),
    (
        "news",
        """
        The         the         DET    DT   Definite=Def    2  det     O
        president   president   NOUN   NN   Number=Sing     5  nsubj   O
        of          of          ADP    IN   _               4  case    O
        Germany     Germany     PROPN  NNP  Number=Sing     2  nmod    U-GPE
        met         meet        VERB   VBD  Tense=Past      0  root    O
        the         the         DET    DT   Definite=Def    7  det     O
        chancellor  chancellor  NOUN   NN   Number=Sing     5  obj     O
        """,
    ),
    (
        "sport",
        """
        Manchester  Manchester  PROPN  NNP  Number=Sing     3  nsubj   B-ORG
        United      United      PROPN  NNP  Number=Sing     1  flat    L-ORG
        lost        lose        VERB   VBD  Tense=Past      0  root    O
        against     against     ADP    IN   _               5  case    O
        Real        Real        PROPN  NNP  Number=Sing     3  obl     B-ORG
        Madrid      Madrid      PROPN  NNP  Number=Sing     5  flat    L-ORG
        """,
    ),
    (
        "order",
        """
        order       order       VERB   VB   VerbForm=Inf    0  root    O
        two         two         NUM    CD   NumType=Card    3  nummod  O
        pizzas      pizza       NOUN   NNS  Number=Plur     1  obj     O
        with        with        ADP    IN   _               5  case    O
        cheese      cheese      NOUN   NN   Number=Sing     3  nmod    O
        ,           ,           PUNCT  ,    _               7  punct   O
        please      please      INTJ   UH   _               1  discourse  O
        """,
    ),
]


def conllu() -> str:
    """The sentences in CoNLL-U format, entities in the last column."""
    sentences = []
    for _, rows in SENTENCES:
        cells = [row.split() for row in rows.strip().splitlines()]
        lines = [
            "\t".join([str(i), form, lemma, pos, tag, feats, head, relation, "_", f"name={entity}"])
            for i, (form, lemma, pos, tag, feats, head, relation, entity) in enumerate(cells, start=1)
        ]
        sentences.append("\n".join(lines))
    return "\n\n".join(sentences)


def make_treebank() -> list[Doc]:
    """One Doc per sentence with everything annotated: `spans["sc"]` are the entities."""
    docs = list(conllu_to_docs(conllu(), n_sents=1, no_print=True))
    for doc, (category, _) in zip(docs, SENTENCES):
        doc.cats = {label: float(label == category) for label in CATEGORIES}
        doc.spans["sc"] = SpanGroup(doc, spans=list(doc.ents))
    return docs


def bare(docs: Sequence[Doc], vocab: Vocab) -> list[Doc]:
    """The same tokens without annotation."""
    return [Doc(vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc]) for doc in docs]


def treebank_examples(nlp: Language) -> list[Example]:
    docs = make_treebank()
    return [Example(predicted, reference) for predicted, reference in zip(bare(docs, nlp.vocab), docs)]
