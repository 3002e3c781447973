"""A saved pipeline → a repository on the Hugging Face hub."""

from pathlib import Path, PurePosixPath

import srsly
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HFValidationError
from thinc.api import Config

from ..errors import Errors
from ..files.folders import require_pipeline
from .pipeline_card import pipeline_card

CARD_FILE = "README.md"


def push_pipeline(folder: Path, repository: str, *, private: bool, message: str) -> str:
    """Upload a pipeline's folder in one commit. The repository is made if it is not there.

    The model card is the folder's README.md; without one it is written from the pipeline's meta data. Files that the
    repository has besides stay. Address and token are those of huggingface_hub: `hf auth login`, or HF_TOKEN.

    repository (str): "user/name", or a name of one's own.
    message (str): Of the commit.
    RETURNS (str): The commit's address.
    RAISES (ValueError): The folder holds no pipeline; the hub is not reached, or refuses.
    """
    require_pipeline(folder)
    files = {str(PurePosixPath(path.relative_to(folder))): path for path in folder.rglob("*") if path.is_file()}
    operations = [CommitOperationAdd(name, files[name]) for name in sorted(files)]
    try:
        api = HfApi()
        made = api.create_repo(repository, private=private, exist_ok=True)
        if CARD_FILE not in files:
            config = Config().from_disk(folder / "config.cfg", interpolate=False)
            card = pipeline_card(srsly.read_json(folder / "meta.json"), config, made.repo_id)
            operations.append(CommitOperationAdd(CARD_FILE, card.encode("utf8")))
        return api.create_commit(made.repo_id, operations, commit_message=message).commit_url
    except (OSError, HFValidationError) as error:  # all errors of requests are OSErrors
        reason = " ".join(str(error).split())
        raise ValueError(Errors.B067.format(repository=repository, reason=reason)) from error
