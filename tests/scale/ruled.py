"""A pipeline that finds "Ada" without learning, quick to load, and inputs for it."""

from pathlib import Path

import spacy
from spacy.language import Language

from spacy_bert_ext.scale.annotate import Annotate
from spacy_bert_ext.scale.apply import Job
from spacy_bert_ext.scale.pipelines import fingerprint
from spacy_bert_ext.scale.sinks.sink import Sink
from spacy_bert_ext.scale.sinks.streamed import JsonLines
from spacy_bert_ext.scale.sources.source import Source

ADA = {"start": 0, "end": 3, "label": "PERSON", "text": "Ada", "score": None}


def make_ruled() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ada"}])
    return nlp


def save_ruled(folder: Path) -> Path:
    make_ruled().to_disk(folder)
    return folder


def make_job(pipeline: Path, source: Path, output: Path, sink: Sink | None = None, **settings) -> Job:
    annotate = Annotate(pipeline, columns=("ents",), **settings)
    return Job(annotate, Source(str(source), "text"), sink or JsonLines(), output, fingerprint(pipeline))
