"""The pipeline that a command is given."""

from pathlib import Path

import spacy
from spacy.language import Language

from ..files.folders import require_pipeline
from ..pipeline.moving import move_encoders
from ..runtime.progress import working


def load_pipeline(pipeline: str, gpu_id: int = -1) -> Language:
    """Load a folder or package.

    gpu_id (int): -1 leaves the encoders on the device of their settings.
    RAISES (ValueError): The folder holds no pipeline; such as that of a training, in which there are two.
    RAISES (OSError): There is neither such a folder nor such a package.
    """
    if Path(pipeline).exists():
        require_pipeline(Path(pipeline))
    if gpu_id >= 0:
        spacy.prefer_gpu(gpu_id)  # for components that use thinc, if CuPy is there: encoders need torch alone
    with working("Loading the pipeline"):
        nlp = spacy.load(pipeline)
    if gpu_id >= 0:
        move_encoders(nlp, f"cuda:{gpu_id}")
    return nlp
