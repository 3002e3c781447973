"""A checkpoint's tokenizer files → its fast tokenizer."""

import json
from collections.abc import Mapping

from transformers import AutoTokenizer

from ..errors import Errors
from ..files.folder_bytes import temporary_folder, write_files
from ..files.saved_files import SavedFiles
from ..pieces.byte_level import add_prefix_space, has_byte_level_without_prefix_space
from .config import CONFIG_FILE
from .foreign import first_line
from .types import PreTrainedTokenizerFast

TOKENIZER_FILE, TOKENIZER_CONFIG_FILE = "tokenizer.json", "tokenizer_config.json"
_SETTINGS_FILES = (TOKENIZER_CONFIG_FILE, "special_tokens_map.json", "added_tokens.json")
# From which transformers makes a fast tokenizer where there is none.
_VOCABULARY_ENDINGS = (".txt", ".json", ".model", ".codes", ".vocab", ".bpe")
_NO_VOCABULARY = ("_config.json", "config.json", ".index.json", "README.txt")

# Ways to other files and repositories, or to run code: nothing of it is followed.
_WAYS_OUT = frozenset(
    {
        *("name_or_path", "_commit_hash", "auto_map", "chat_template", "gguf_file", "from_slow", "processor_class"),
        *("cache_dir", "force_download", "local_files_only", "proxies", "revision", "code_revision", "subfolder"),
        *("token", "use_auth_token", "trust_remote_code", "custom_generate", "fix_mistral_regex"),
    }
)


def read_tokenizer(files: SavedFiles, name: str, pieces_from: str) -> PreTrainedTokenizerFast:
    """transformers is given a folder of its own, with copies of those files that it may read.

    pieces_from (str): With "tokens", byte-level BPE is told that a space comes before each word.
    RAISES (ValueError): There is none, or it is damaged.
    """
    copied = _files_for(files)
    with temporary_folder() as folder:
        write_files(copied, folder)
        try:
            tokenizer = _load(folder)
            if not tokenizer.is_fast:
                raise ValueError(f"{type(tokenizer).__name__} is a slow one")
            # transformers 5 makes one of nothing where there are no files.
            if tokenizer.backend_tokenizer.get_vocab_size() <= len(tokenizer.all_special_ids):
                raise ValueError("it has no vocabulary")
            if pieces_from == "tokens" and has_byte_level_without_prefix_space(tokenizer.backend_tokenizer):
                tokenizer = _load(folder, add_prefix_space=True)
                # transformers 5 ignores the wish where a tokenizer has no class of its own, such as ModernBERT's.
                add_prefix_space(tokenizer.backend_tokenizer)
        except Exception as error:  # the library `tokenizers` raises nothing more special
            reason = first_line(error).replace(f"{folder}/", "").replace(str(folder), "its folder")
            raise ValueError(Errors.B004.format(name=name, reason=reason)) from error
    _forget_source(tokenizer)
    return tokenizer


def _load(folder: object, **options: object) -> PreTrainedTokenizerFast:
    tokenizer: PreTrainedTokenizerFast = AutoTokenizer.from_pretrained(
        folder, use_fast=True, local_files_only=True, trust_remote_code=False, **options
    )
    return tokenizer


def _files_for(files: SavedFiles) -> dict[str, bytes]:
    config = files.read_json(CONFIG_FILE)
    chosen = {key: config[key] for key in ("model_type", "tokenizer_class") if key in config}
    copied = {CONFIG_FILE: json.dumps(chosen).encode()}
    for file in _SETTINGS_FILES:
        if files.has(file):
            copied[file] = json.dumps(_clean(files.read_json(file)), ensure_ascii=False).encode()
    if files.has(TOKENIZER_FILE):
        vocabularies = [TOKENIZER_FILE]
    else:
        vocabularies = [file for file in files.names() if file.endswith(_VOCABULARY_ENDINGS) and file not in copied]
        vocabularies = [file for file in vocabularies if not file.endswith(_NO_VOCABULARY)]
    return {**copied, **{file: files.read(file) for file in vocabularies}}


def _clean(table: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in table.items() if key not in _WAYS_OUT and not key.endswith("_file")}


def _forget_source(tokenizer: PreTrainedTokenizerFast) -> None:
    # Where a checkpoint came from is nobody's business after it is saved.
    tokenizer.name_or_path = ""
    tokenizer.init_kwargs.pop("name_or_path", None)
    for key in [key for key in tokenizer.init_kwargs if key.endswith("_file")]:
        del tokenizer.init_kwargs[key]
