"""What loading leaves alone, and forgets."""

import subprocess
import sys

import pytest

from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.huggingface.folders import edit_config


def test_loading_imports_no_architecture_but_its_own(bert_folder):
    """AutoModel would import more than two hundred, which took most of the time of loading."""
    program = (
        "import sys\nfrom transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel\n"
        "def imported(): return {name for name in sys.modules if name.startswith('transformers.models.')}\n"
        "before = imported()\n"  # transformers 5.17 imports many at once
        "from spacy_bert_ext.huggingface.loading import load_checkpoint\n"
        "load_checkpoint(sys.argv[1])\n"
        "print(*{name.split('.')[2] for name in imported() - before})"
    )
    command = [sys.executable, "-c", program, bert_folder]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    imported = set(result.stdout.split())
    assert "bert" in imported
    assert len(imported) < 10


def test_code_of_a_checkpoint_is_never_run(folder, tmp_path):
    trace = tmp_path / "trace"
    (folder / "modeling.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Model: pass\nclass Config: pass\n")
    auto_map = {"AutoConfig": "modeling.Config", "AutoModel": "modeling.Model"}
    edit_config(folder, auto_map=auto_map)
    assert type(load_checkpoint(str(folder)).module).__name__ == "BertModel"  # an architecture that is known
    edit_config(folder, auto_map=auto_map, model_type="own-model")
    with pytest.raises(ValueError, match=r"B007.*`auto_map`.*never run"):
        load_checkpoint(str(folder))
    assert not trace.exists()


def test_a_loaded_checkpoint_has_forgotten_its_folder(any_folder):
    # transformers writes some of these, depending on its version.
    checkpoint = load_checkpoint(any_folder)
    assert checkpoint.config.name_or_path == checkpoint.module.config.name_or_path == ""
    assert checkpoint.tokenizer.name_or_path == ""
    assert "name_or_path" not in checkpoint.tokenizer.init_kwargs
