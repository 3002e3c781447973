"""Three annotated texts that small pipelines learn by heart."""

from collections.abc import Sequence

from spacy.language import Language
from spacy.training import Example

DATA = [
    (
        "Angela Merkel visited Barack Obama in Washington .",
        {
            "entities": [(0, 13, "PERSON"), (22, 34, "PERSON"), (38, 48, "GPE")],
            "spans": {
                "sc": [(0, 13, "PERSON"), (7, 13, "NAME"), (22, 34, "PERSON"), (29, 34, "NAME")],
                "answers": [(0, 13, "WHO"), (38, 48, "WHERE")],
            },
            "cats": {"news": 1.0, "sport": 0.0, "order": 0.0},
        },
    ),
    (
        "Manchester United lost 3 - 1 against Real Madrid",
        {
            "entities": [(0, 17, "ORG"), (37, 48, "ORG")],
            "spans": {
                "sc": [(0, 17, "ORG"), (0, 10, "NAME"), (37, 48, "ORG")],
                "answers": [(0, 17, "WHO")],
            },
            "cats": {"news": 0.0, "sport": 1.0, "order": 0.0},
        },
    ),
    (
        "order two pizzas with cheese , please",
        {"entities": [], "spans": {"sc": [], "answers": []}, "cats": {"news": 0.0, "sport": 0.0, "order": 1.0}},
    ),
]
QUESTIONS = {"WHO": "Who came ?", "WHERE": "What was the city ?"}
TEXTS = [text for text, _ in DATA]
ENTITIES = [
    [("Angela Merkel", "PERSON"), ("Barack Obama", "PERSON"), ("Washington", "GPE")],
    [("Manchester United", "ORG"), ("Real Madrid", "ORG")],
    [],
]
BEST = ["news", "sport", "order"]


def make_examples(nlp: Language, data: Sequence[tuple[str, dict]] = DATA) -> list[Example]:
    return [Example.from_dict(nlp.make_doc(text), annotation) for text, annotation in data]
