"""What all sinks are."""

import pickle

import pytest

from spacy_bert_ext.scale.sinks.doc_bins import DocBins
from spacy_bert_ext.scale.sinks.streamed import Conll, JsonLines
from spacy_bert_ext.scale.sinks.tables import Csv


@pytest.mark.parametrize("sink", [JsonLines(), Csv(), Conll("text"), DocBins("text", ["error"])])
def test_sinks_go_to_other_processes(sink) -> None:
    again = pickle.loads(pickle.dumps(sink))
    assert vars(again) == vars(sink) and again.encode([]) == sink.encode([])
