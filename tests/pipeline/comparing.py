"""What pipelines predict, and what has changed in them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from spacy.tokens import Doc, Span


def entities(doc: Doc) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.ents]


def annotations(doc: Doc) -> dict[str, Any]:
    """What the heads have set, numbers rounded to what fp32 gives in batches of any shape."""
    return {
        "ents": [(span.start, span.end, span.label_) for span in doc.ents],
        "iob": [token.ent_iob_ for token in doc],
        "scores": [round(span._.score, 3) for span in doc.ents],
        "cats": {label: round(score, 3) for label, score in doc.cats.items()},
        "spans": {key: [_place(span) for span in group] for key, group in doc.spans.items()},
    }


def assert_same(found: Sequence[Doc], expected: Sequence[Doc], tolerance: float = 1e-4) -> None:
    """Docs have the same entities, and scores that differ by rounding only."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.text == other.text
        assert [token.ent_iob_ for token in one] == [token.ent_iob_ for token in other]
        assert [token.ent_type_ for token in one] == [token.ent_type_ for token in other]
        scores = [(a._.score, b._.score) for a, b in zip(one.ents, other.ents)]
        assert all(abs(a - b) < tolerance for a, b in scores)
        assert one.spans.keys() == other.spans.keys()
        for key, group in one.spans.items():
            assert [_place(span) for span in group] == [_place(span) for span in other.spans[key]]
            of_other = other.spans[key].attrs.get("scores", [])
            np.testing.assert_allclose(group.attrs.get("scores", []), of_other, atol=tolerance)
        assert one.cats.keys() == other.cats.keys()
        assert all(abs(score - other.cats[label]) < tolerance for label, score in one.cats.items())


def _place(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label_


def weights_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in module.named_parameters()}


def changed(before: dict[str, torch.Tensor], module: torch.nn.Module) -> bool:
    return any(not torch.equal(before[name], weight) for name, weight in module.named_parameters())
