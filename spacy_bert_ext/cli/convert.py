"""Arguments of `spacy bert convert`; what it needs is imported when it runs."""

import typer

from . import convert_options as options


def convert(
    ctx: typer.Context,
    source: options.Source,
    target: options.Target,
    task: options.Task,
    lang: options.Lang = "en",
    format: options.Format = None,
    split: options.Split = None,
    seed: options.Seed = 0,
    snap: options.Snap = False,
    pipeline: options.Pipeline = None,
    faults: options.Faults = None,
    to: options.To = None,
    least_sure: options.LeastSure = None,
    columns: options.Columns = None,
    header: options.Header = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    labels_separator: options.LabelsSeparator = None,
    label_names: options.LabelNames = None,
    scheme: options.Scheme = None,
    offsets: options.Offsets = None,
    spans_key: options.SpansKey = None,
    join_sentences: options.JoinSentences = False,
    annotator: options.Annotator = None,
    predictions: options.Predictions = False,
    part: options.Part = None,
    max_questions: options.MaxQuestions = None,
    abstractive: options.Abstractive = False,
    number: options.Number = False,
    rename: options.Rename = None,
) -> None:
    """Convert tables, CoNLL files and annotation tools' files to training data; with --to, Docs to such files."""
    from .converting import Request, convert_to

    given = {name: value for name, value in ctx.params.items() if _is_given(ctx, name)}
    request = Request(**{name: ctx.params[name] for name in Request._fields})
    convert_to(request, {name: value for name, value in given.items() if name not in Request._fields})


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP")
