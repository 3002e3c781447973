"""Write docs/troubleshooting from the entries of message codes, spacy_bert_ext/messages; `make docs` runs it."""

import re
from collections.abc import Iterator
from pathlib import Path

from spacy_bert_ext.errors import Errors, Warnings
from spacy_bert_ext.messages import entries, pages
from spacy_bert_ext.messages.coded import parted

FOLDER = Path(__file__).parent / "troubleshooting"
MAX_BEGINNING = 80  # characters of a message in the table
KINDS = {Errors: "error", Warnings: "warning"}

SYMPTOMS = {
    "The checkpoint can't be loaded": "B001, B002, B004, B005, B560, B561",
    "Training can't start: no labels, no gold annotation": "B024, B029, B098, B555, B553",
    "Training can't start: a setting is refused": "B010, B012, B077, B080, B320, B427",
    "The loss is nan, or training stops": "B150, B153, B154, B152",
    "Out of memory in training": "B028, B260; [GPU and memory](../guides/gpu-and-memory.md)",
    "Out of memory in prediction": "B111, B102, B530",
    "Scores are poor or stay at 0": "B101, B387, B388, B246, B245, B192, B108, B120; "
    "[hyper-parameters](../guides/hyper-parameters.md), "
    "[low data](../guides/low-data.md)",
    "One label is never found": "B105, B388, B417; [rare labels](../guides/class-imbalance.md)",
    "Scores are overconfident": "B106, B086, B549; [confidence](../guides/confidence.md)",
    "Training is slow": "B340; [performance](../reference/performance.md)",
    "Prediction is slow": "B369; "
    "[back ends](../guides/backends.md), "
    "[servers](../guides/serving.md), "
    "[many texts](../guides/scaling.md)",
    "The GPU is not found or not used": "B011, B112, B061, B071; [installing](../guides/installing.md)",
    "A saved pipeline does not load": "B030, B170, B171, B031, B205, B206",
    "A head does not find its encoder": "B020, B021, B050, B052, B203, B204",
    "A pipeline can't be saved or replaced": "B032, B200, B550, B551",
    "Data files are refused": "B475, B500, B503, B505, B507, B508, B502",
    "Gold entities or spans are lost": "B101, B387, B441, B468",
    "An interrupted training does not go on": "B090, B091, B092, B093, B094, B107",
    "A fine-tuned checkpoint can't be imported": "B036, B040, B041, B042, B048",
    "A head can't be exported": "B046, B049, B047, B103",
    "A package can't be made": "B540, B541, B542, B543, B544",
    "The int8 pipeline is refused": "B375, B361, B364, B366",
}

INDEX = """\
<!-- Written by docs/write_messages.py: change the entries in spacy_bert_ext/messages, or that script. -->

# Troubleshooting

Look up the code of a message here, such as `[B001]`: its entry has cause, example and remedy.
This command prints the entry, without a network:

```bash
python -m spacy bert help B001
```

A message names the fault, then the allowed values, then the setting or command to change. Its last line
names the command above. Codes that begin with E or W, such as `E050`, are spaCy's own.

If training fails, start with the doctor. It examines the machine, the config, the checkpoint and the corpora,
and takes a first step:

```bash
python -m spacy bert doctor config.cfg \\
    --paths.train train.spacy --paths.dev dev.spacy
```

## By symptom

| symptom | read |
| --- | --- |
{symptoms}

## All codes

| code | message | kind | page |
| --- | --- | --- | --- |
{rows}
"""


def written() -> dict[str, str]:
    """The text of each file in the folder, by its name."""
    found = pages()
    # docs/site.css wraps blocks of this language: messages are long lines.
    files = {f"{theme}.md": text.replace("```text\n", "```console\n") for theme, text in found.items()}
    places = {code: theme for theme, text in found.items() for code in entries(text)}
    symptoms = "\n".join(f"| {symptom} | {read} |" for symptom, read in SYMPTOMS.items())
    linked = re.sub(r"\bB\d{3}\b", lambda code: _link(code[0], places), symptoms)
    rows = "\n".join(_rows(places, {theme: _title(text) for theme, text in found.items()}))
    files["index.md"] = INDEX.format(symptoms=linked, rows=rows)
    return files


def _rows(places: dict[str, str], titles: dict[str, str]) -> Iterator[str]:
    kinds = {code: ledger for ledger in KINDS for code in vars(ledger) if re.fullmatch(r"B\d{3}", code)}
    for code, ledger in sorted(kinds.items()):
        if code in places:
            theme = f"[{titles[places[code]]}]({places[code]}.md)"
            beginning = _beginning(parted(getattr(ledger, code))[0].removeprefix(f"[{code}] "))
            yield f"| {_link(code, places)} | {beginning} | {KINDS[ledger]} | {theme} |"


def _beginning(template: str) -> str:
    """The first words of a message, as plain Markdown; "…" for what differs, and for the rest."""
    text = re.sub(r"\{[^{}]*\}", "…", template.replace("{{", "").replace("}}", ""))
    if len(text) > MAX_BEGINNING:  # "…: the first words" has none before its colon
        text = re.match(r"\W*\w.*?[.:](?= |$)|.*", text)[0]
    words = text.replace("`", "").rstrip(":")
    if len(words) > MAX_BEGINNING:
        words = words[:MAX_BEGINNING].rsplit(" ", 1)[0] + " …"
    return re.sub(r"([\[\]<>|*_\\])", r"\\\1", words)


def _link(code: str, places: dict[str, str]) -> str:
    return f"[{code}]({places[code]}.md#{code.lower()})" if code in places else code


def _title(page: str) -> str:
    return page.split("\n", 1)[0].removeprefix("# ")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    files = written()
    for path in FOLDER.glob("*.md"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf8")
