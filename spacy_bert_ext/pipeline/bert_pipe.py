"""What the encoder and all heads have in common: streams, errors, files."""

import json
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer

from ..errors import Errors, Warnings
from ..files.checksums import CHECKSUMS_FILE, write_checksums
from ..files.contents import BytesContents, Contents, FolderContents
from ..files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder
from ..files.folders import INITIALIZED, META_FILE, SETTINGS_FILE, written_whole
from ..files.saved_files import SavedFiles
from ..files.unfinished import REPLACING, SAVING, replacing_in, settle
from ..interop import trf_data
from ..runtime.finite import NotFiniteError, not_finite
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchOptimizer, TorchShim
from .saved_config import SavedConfig
from .saving import check_same_save

# All components cut a stream at the same Docs, so that a head finds whole buffers of the encoder. The bound keeps the
# vectors of a buffer of long Docs small: 50,000 tokens of width 768 take about 100 MB in bf16.
MAX_BUFFER_TOKENS = 50_000

IN_MEMORY = "bytes"  # where the files are that `from_bytes` reads


class Loaded(NamedTuple):
    """Files that a component was loaded from.

    place: The folder that holds the component's, and those of the components that were saved with it.
    recorded: What they tell of weights that belong together, see `BertPipe.belonging`.
    """

    path: Path
    place: Path
    recorded: dict


class BertPipe(TrainablePipe):
    """Base of all components. `cfg` holds what is saved beside the weights.

    loaded: Which files the component was loaded from, if it was.
    loaded_save: While a pipeline is being loaded, the save that its meta.json tells, see `check_same_save`.
    """

    loaded: "Loaded | None" = None
    loaded_save: str | None = None

    def __init__(self, vocab: Vocab, model: Model, name: str, **cfg: Any) -> None:
        super().__init__(vocab, model, name, **cfg)
        self.define_extensions()

    def __setstate__(self, state: tuple) -> None:
        """A component that was pickled may come to life in a process that has never made one."""
        super().__setstate__(state)
        self.define_extensions()

    def define_extensions(self) -> None:
        """Define what stands under `._` of a Doc or Span, where this is not done yet."""
        if "spacy_transformers" in sys.modules:
            trf_data.set_extension()

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream, in buffers of `batch_size` Docs and at most 50,000 tokens.

        If a buffer fails, its Docs are tried one by one: the error handler hears only of those that fail themselves.
        """
        for docs in buffers(stream, batch_size):
            try:
                self.set_annotations(docs, self.predict(docs))
                done = docs
            except Exception as error:
                done = self._one_by_one(docs, error)
            yield from done

    def _one_by_one(self, docs: list[Doc], error: Exception) -> list[Doc]:
        if len(docs) == 1:
            self.get_error_handler()(self.name, self, docs, error)
            return []
        done = []
        for doc in docs:
            try:
                self.set_annotations([doc], self.predict([doc]))
                done.append(doc)
            except Exception as own_error:
                self.get_error_handler()(self.name, self, [doc], own_error)
        return done

    def rehearse(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, float]:
        raise NotImplementedError(Errors.B025.format(name=self.name))

    def shims(self) -> list[TorchShim]:
        """The torch modules of the component, those of an encoder of its own included."""
        return [shim for node in self.model.walk() for shim in node.shims if isinstance(shim, TorchShim)]

    def scale_gradients(self, factor: float) -> None:
        for shim in self.shims():
            for _, parameter in shim.trainable_parameters():
                if parameter.grad is not None:
                    parameter.grad *= factor

    def finish_accumulation(self) -> None:
        """Make what has been added up since the last optimizer step that of one batch, and begin anew."""
        raise NotImplementedError

    # Files

    def write(self, folder: Path) -> None:
        """Write everything but `cfg` into an empty folder."""
        raise NotImplementedError

    def read(self, files: SavedFiles, settings: dict, *, initialized: bool) -> Callable[[], None]:
        """Load what `write` wrote. Nothing changes until the returned function is called.

        initialized (bool): Whether the saved component had weights.
        """
        raise NotImplementedError

    def belonging(self) -> dict[str, object]:
        """Checksums of the weights that belong together, to be saved beside those of the files."""
        raise NotImplementedError

    def check_belonging(self, files: SavedFiles, place: Path | None) -> None:
        """RAISES (ValueError): The files were saved with other weights than those loaded from beside them."""

    def check_links(self, name: str, components: Sequence[str] | None) -> None:
        """RAISES (ValueError): What the component listens to would not be found again, see `check_links`."""

    @in_own_surroundings
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component's folder. It appears whole, or the old one stays.

        RAISES (SaveError): The disk is full, or the folder can't be written.
        RAISES (ValueError): The encoder that a head listens to was renamed, or removed from the pipeline.
        """
        path = Path(path)
        config = SavedConfig(path.parent)
        self.check_links(path.name, config.pipeline)
        with written_whole(path, kind=REPLACING if _is_outdated(path) else SAVING) as folder:
            self._write_all(folder)
        if any(shim.module is not None for shim in self.shims()):
            config.forget_checkpoints()

    @in_own_surroundings
    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "BertPipe":
        """Load the component's folder. If that fails, the component stays as it was.

        RAISES (ValueError): A file is missing, damaged or changed, or does not fit the others; the folder was not saved
            together with the encoder's, which was loaded from beside it; or another process saves here.
        """
        path = Path(path)
        replacing = replacing_in(path.parent)
        if replacing is not None:
            raise ValueError(Errors.B206.format(path=path.parent, folder=replacing))
        settle(path)
        apply = self._read_all(FolderContents(path), path, path.parent)
        check_same_save(path, self.loaded_save)
        self.loaded_save = None
        apply()
        return self

    @in_own_surroundings
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        self.check_links(self.name, None)
        with temporary_folder() as folder:
            self._write_all(folder)
            return folder_to_bytes(folder)

    @in_own_surroundings
    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "BertPipe":
        """RAISES (ValueError): As `from_disk`."""
        self._read_all(BytesContents(bytes_to_files(bytes_data)), Path(IN_MEMORY), Path())()
        return self

    def _read_all(self, contents: Contents, where: Path, place: Path) -> Callable[[], None]:
        """Nothing changes until the returned function is called."""
        with closing(SavedFiles(contents, self.name, where)) as files:
            if files.has(CHECKSUMS_FILE):
                files.check_with(files.read_json(CHECKSUMS_FILE))
            settings = files.read_json(SETTINGS_FILE)
            if not files.recorded:
                warnings.warn(Warnings.B191.format(name=self.name, path=where, checksums=CHECKSUMS_FILE))
            initialized = bool(settings.pop(INITIALIZED, True))
            self.check_belonging(files, place)
            use_weights = self.read(files, settings, initialized=initialized)
            files.finish()

        def apply() -> None:
            use_weights()
            self.cfg.update(settings)
            self.loaded = Loaded(where, place, files.recorded)

        return apply

    def _write_all(self, folder: Path) -> None:
        for shim in self.shims():
            damaged = not_finite(shim.module) if shim.module is not None else []
            if damaged:
                raise NotFiniteError(Errors.B152.format(name=self.name, weights=", ".join(damaged[:3]), n=len(damaged)))
        settings = {**self.cfg, INITIALIZED: self.model.shims[0].module is not None}
        # Not by srsly, which rounds numbers to ten decimals: so small a threshold would become 0.
        (folder / SETTINGS_FILE).write_text(json.dumps(settings, ensure_ascii=False, indent=2), encoding="utf8")
        self.write(folder)
        write_checksums(folder, self.belonging())
        for file in folder.rglob("*"):
            if file.is_file():
                shutil.copymode(folder / SETTINGS_FILE, file)  # safetensors lets only the owner read


def _is_outdated(path: Path) -> bool:
    """Whether `path` is of an older pipeline than its meta.json, which `nlp.to_disk` writes before the components."""
    settings, meta = path / SETTINGS_FILE, path.parent / META_FILE
    return settings.exists() and meta.exists() and settings.stat().st_mtime_ns < meta.stat().st_mtime_ns


def apply_gradients(pipes: Iterable[BertPipe], sgd: Optimizer) -> None:
    """One optimizer step over all weights of these components that have gradients.

    With `accumulate_gradient`, gradients of several sub-batches have been added up: the step is that of one batch, see
    `accumulation.py`.
    """
    shims: list[TorchShim] = []
    for pipe in pipes:
        pipe.finish_accumulation()
        for shim in pipe.shims():
            shim.owner = pipe.name
            shims.append(shim)
    if isinstance(sgd, TorchOptimizer):
        sgd.step(shims)
    else:
        for shim in shims:
            shim.finish_update(sgd)


def discard_gradients(pipes: Iterable[BertPipe]) -> None:
    """Forget what has been added up since the last optimizer step."""
    for pipe in pipes:
        for shim in pipe.shims():
            for _, parameter in shim.trainable_parameters():
                parameter.grad = None
        pipe.finish_accumulation()


def buffers(stream: Iterable[Doc], batch_size: int) -> Iterator[list[Doc]]:
    """Runs of at most `batch_size` Docs and, unless a Doc alone has more, MAX_BUFFER_TOKENS tokens."""
    buffer: list[Doc] = []
    n_tokens = 0
    for doc in stream:
        if buffer and n_tokens + len(doc) > MAX_BUFFER_TOKENS:
            yield buffer
            buffer, n_tokens = [], 0
        buffer.append(doc)
        n_tokens += len(doc)
        # At once: each component that waited for a Doc more would hold a buffer of vectors more.
        if len(buffer) >= batch_size:
            yield buffer
            buffer, n_tokens = [], 0
    if buffer:
        yield buffer
