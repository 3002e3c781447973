"""Both orders in which spaCy updates and finishes, and the gradients that an optimizer is given in them."""

from collections.abc import Callable, Iterable, Sequence

import torch
from spacy.language import Language
from spacy.training import Example
from thinc.api import Optimizer

from spacy_bert_ext.heads.module import LinearHead
from spacy_bert_ext.heads.span_classifier import SpanClassifierModule
from spacy_bert_ext.pipeline.bert_pipe import BertPipe
from spacy_bert_ext.runtime.torch_shim import TorchShim
from spacy_bert_ext.training.optimizer import AdamW
from tests.pipeline.pipelines import encoder_of


class Recorder(AdamW):
    """Takes no step, but notes the gradients that it was given by role and name."""

    def __init__(self) -> None:
        settings = {"layer_decay": 1, "weight_decay": 0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        super().__init__(0, 0, grad_clip=0, schedule=None, **settings)
        self.gradients: list[dict[str, torch.Tensor]] = []

    def step(self, shims: Iterable[TorchShim]) -> None:
        found = {}
        for shim in shims:
            for name, weight in shim.trainable_parameters():
                if weight.grad is not None:
                    found[f"{shim.role} {name}"] = weight.grad.clone()
                    weight.grad = None
        if found:
            self.gradients.append(found)

    def of_encoder(self) -> dict[str, torch.Tensor]:
        """Encoder gradients of the one step that there was."""
        (step,) = [step for step in self.gradients if any(name.startswith("encoder") for name in step)]
        return {name: gradient for name, gradient in step.items() if name.startswith("encoder")}


def update_at_once(nlp: Language, batches: Sequence[list[Example]], sgd: Optimizer, exclude: Sequence[str]) -> None:
    """`nlp.update(..., sgd=sgd)`: every component finishes after its own update."""
    for batch in batches:
        nlp.update(batch, sgd=sgd, exclude=exclude)


def update_as_spacy_train(
    nlp: Language, batches: Sequence[list[Example]], sgd: Optimizer, exclude: Sequence[str]
) -> None:
    """The order of spaCy's training loop: all components update, then all finish."""
    for batch in batches:
        nlp.update(batch, sgd=False, exclude=exclude)
    for name, component in nlp.pipeline:
        if name not in exclude:
            component.finish_update(sgd)


ORDERS = [update_at_once, update_as_spacy_train]


def switch_off_dropout(nlp: Language) -> None:
    for _, component in nlp.pipeline:
        if isinstance(component, BertPipe):
            module = component.shim.module.eval()
            if isinstance(module, LinearHead | SpanClassifierModule):  # whose dropout is a number, not a layer
                module.dropout = 0.0


def recorded(nlp: Language, update: Callable, *batches: list[Example], exclude: Sequence[str] = ()) -> Recorder:
    recorder = Recorder()
    update(nlp, batches, recorder, exclude)
    encoder_of(nlp).predict([nlp.make_doc("completes a step that is owed")])
    return recorder


def assert_gradients_equal(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-5, msg=name)
