"""`explain`: which tokens of a text speak for what a head predicts."""

import warnings

import numpy as np
import torch
from spacy.tokens import Doc, Span

from ..encoder.model import EncoderModel, forward_batches, max_batch_pieces_of, plan_for
from ..encoder.output import EncodedDocs, encoded_docs
from ..encoder.readings import doc_tokens_of
from ..encoder.shim import encoder_shim_of
from ..errors import Errors, Warnings
from ..explanation.copies import Copies
from ..explanation.doc_pieces import pieces_of_tokens, windows_of
from ..explanation.explained import Explained
from ..explanation.explanation import Explanation
from ..explanation.gradients import TOLERANCE
from ..explanation.methods import METHODS, Request, Weighed, check_options, check_weights, weigh
from ..heads.model import head_module_of, head_of
from ..kernels.adapters import detached_copy
from ..pieces.batches import Batches
from ..runtime.memory import advice_for_head
from ..runtime.surroundings import in_own_surroundings
from ..sharing.listener import model_of
from .answers import HeadAnswers, answers
from .reading import ReadingHead


class ExplainedHead(HeadAnswers, ReadingHead):
    """A head that tells which tokens its scores come from. It implements `explained`, see `HeadAnswers`."""

    def require_weights(self) -> None:
        """RAISES (ValueError): There are none."""
        raise NotImplementedError

    @in_own_surroundings
    def explain(
        self,
        doc_or_span: Doc | Span,
        label: str | None = None,
        method: str = METHODS[0],
        steps: int = 8,
        baseline: str = "mask",
    ) -> Explanation:
        """Which tokens speak for a label, and which against it.

        Nothing is changed: neither the Doc, which needs no annotation, nor weights and their gradients. Gradients are
        computed in fp32, so `value` may differ a little from predictions in bf16 or int8. The sigmoid of log
        odds is the label's score. Weights that are trained in another thread meanwhile are read as they
        come.

        doc_or_span (Doc | Span): `bert_ner` and `bert_spancat` explain a Span, such as `doc.ents[0]`, in its Doc.
            Categorizers explain a Doc. Given a Span, they explain the category of its whole Doc, but return the scores
            of the Span's tokens alone. `explain(span.as_doc())` explains the Span as a text of its own.
        label (str): None for the Span's own label, if it has one, else the one with the best score.
        method (str): "integrated_gradients" shares out the difference to the baseline. "occlusion" takes away one token
            at a time, and is the one that int8 pipelines without torch weights have. "gradient_times_input",
            "attention" and "rollout" say less about the causes of a prediction; attention knows no label.
        steps (int): From 1 to 1000: points of integrated gradients to begin with. While the sum over the tokens
            misses the difference by more than 5 %, points are added, up to 16 times as many.
        baseline (str): The replacement of pieces: "mask", the piece [MASK]; "pad", the piece [PAD]; "zero", vectors
            of zeros, which occlusion does not have. Attention and gradient times input have no baseline.
        RAISES (ValueError): An unknown label, method or baseline; a text without tokens that have pieces; no weights.
        RAISES (ValueError): The encoder does not support the method; the head does not implement `explained`.
        """
        if not answers(self, "explained"):
            self.refuse("explained")
        check_options(method, steps, baseline)
        self.require_weights()
        doc = _doc_of(doc_or_span, self.name)
        encoder = model_of(self.model.get_ref("encoder"))
        shim = encoder_shim_of(encoder)
        request = Request(self.name, method, steps, baseline=baseline, max_batch_pieces=max_batch_pieces_of(encoder))
        check_weights(shim, request)
        with advice_for_head(self.name, [doc]):
            copies = self._copies(doc_or_span, doc, encoder=encoder, label=label)
            shown = _shown_tokens(doc_or_span, copies.explained)
            weighed = weigh(copies, shim, request, np.arange(len(doc))[shown])
        error = weighed.completeness_error
        if error is not None and error > TOLERANCE:
            message = Warnings.B396.format(name=self.name, error=error, n_points=weighed.n_points, text=doc.text[:50])
            warnings.warn(message)
        return _explanation(doc, shown, request, explained=copies.explained, weighed=weighed)

    def _copies(self, text: Doc | Span, doc: Doc, *, encoder: EncoderModel, label: str | None) -> Copies:
        """What the component makes of the Doc, and what of it is explained."""
        texts, shim = self.reading_to_explain(text, label), encoder_shim_of(encoder)
        batches = plan_for(encoder, texts)
        pieces = pieces_of_tokens(batches.pieces, doc_tokens_of(texts), len(doc))
        tokens = slice(text.start, text.end) if isinstance(text, Span) else slice(None)
        if not pieces.taggable[tokens].any():
            raise ValueError(Errors.B392.format(name=self.name, found=f"{type(text).__name__} {text.text[:50]!r}"))
        encoded = _encoded(encoder, batches)
        head, module = head_of(self.model), detached_copy(head_module_of(self.model)).to(encoded.device)
        with torch.no_grad():
            raw_scores = head.scores(module, texts, encoded, is_train=False)
        explained = self.explained(text, label, raw_scores)
        return Copies(
            texts,
            batches,
            encoded,
            pieces,
            head=head,
            module=module,
            explained=explained,
            windows=windows_of(batches, pieces, explained.reads),
            window_pooling=shim.settings.window_pooling,
        )


def _doc_of(text: Doc | Span, name: str) -> Doc:
    if isinstance(text, Span):
        return text.doc
    if not isinstance(text, Doc):
        raise ValueError(Errors.B392.format(name=name, found=type(text).__name__))
    return text


def _encoded(encoder: EncoderModel, batches: Batches) -> EncodedDocs:
    """Vectors of one Doc as the component predicts with them, all at once, in fp32."""
    parts = list(forward_batches(encoder, batches, False)[0].parts())
    pieces, windows = ([getattr(part, name).float() for part in parts] for name in ("piece_vectors", "window_vectors"))
    return encoded_docs(batches, torch.cat(pieces), torch.cat(windows))


def _shown_tokens(text: Doc | Span, explained: Explained) -> slice:
    """The tokens of the Span that a component was given which explains whole Docs; else all."""
    if isinstance(text, Span) and explained.target is None:
        return slice(text.start, text.end)
    return slice(None)


def _explanation(doc: Doc, shown: slice, request: Request, *, explained: Explained, weighed: Weighed) -> Explanation:
    text = doc[shown]
    return Explanation(
        text=text.text,
        tokens=tuple(token.text for token in text),
        spaces=tuple(bool(token.whitespace_) for token in text),
        scores=weighed.scores[shown],
        label=explained.label,
        component=request.component,
        method=request.method,
        baseline=weighed.baseline,
        value=weighed.value,
        baseline_value=weighed.baseline_value,
        quantity=explained.quantity,
        probability=explained.probability,
        completeness_error=weighed.completeness_error,
        target=explained.target,
    )
