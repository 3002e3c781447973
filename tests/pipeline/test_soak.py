"""What a process holds stays the same, however many Docs and steps it has seen. `make soak` has larger numbers."""

import gc
import random
from collections.abc import Iterator

from tests.annotated import DATA, make_examples
from tests.pipeline.pipelines import adamw, encoder_of, learn, make_initialized

WORDS = " ".join(text for text, _ in DATA).split()
SETTLED, N_STEPS = 10, 60  # what is held is counted after these


def varied_data(seed: int) -> Iterator[tuple[str, dict]]:
    chance = random.Random(seed)
    while True:
        text = " ".join(chance.choices(WORDS, k=chance.choice((1, 3, 10, 30))))
        yield text, {"cats": {"news": 1.0, "sport": 0.0, "order": 0.0}}


def n_objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_a_stream_of_docs_leaves_nothing(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder)
    encoder_of(nlp).keep = "tokens"
    texts, counts = (text for text, _ in varied_data(0)), []
    for _ in range(3):  # more buffers in each than `VectorsInFlight` remembers
        for _ in nlp.pipe((next(texts) for _ in range(60)), batch_size=3):
            pass
        counts.append(n_objects())
    assert counts[-1] - counts[0] <= 5  # of 120 Docs
    assert encoder_of(nlp).shared.in_flight.n_held == 0
    assert encoder_of(nlp).shim.loaded.tokenize.n_known_texts <= len(set(WORDS))


def test_training_steps_leave_nothing(bert_folder: str) -> None:
    nlp, sgd = make_initialized(bert_folder), adamw()
    data, held = varied_data(0), []
    for step in range(1, N_STEPS + 1):
        learn(nlp, make_examples(nlp, [next(data), *DATA]), steps=1, sgd=sgd)
        if step in (SETTLED, N_STEPS):
            held.append((len(sgd.moments), len(nlp.vocab.strings), n_objects()))
    (*settled, objects), (*last, objects_in_the_end) = held
    assert last == settled
    assert objects_in_the_end - objects <= 5
