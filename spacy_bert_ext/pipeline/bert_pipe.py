"""What the encoder and all heads have in common: streams, errors, files."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Model

from ..errors import Errors
from ..files.contents import BytesContents, FolderContents
from ..files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder
from ..files.folder_kinds import META_FILE, SETTINGS_FILE
from ..files.folders import written_whole
from ..files.loaded import Loaded
from ..files.saved_files import SavedFiles
from ..files.unfinished import REPLACING, SAVING, replacing_in, settle
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchShim
from ..sharing.gradients import Gradients
from ..sharing.listener import encoder_device
from .component_files import read_component, write_component
from .links import check_links
from .saved_config import SavedConfig
from .saving import check_same_save
from .streams import annotate

IN_MEMORY = "bytes"  # where the files are that `from_bytes` reads


class BertPipe(TrainablePipe):
    """Base of all components. `cfg` holds what is saved beside the weights.

    loaded: Which files the component was loaded from, if it was.
    loaded_save: While a pipeline is being loaded, the save that its meta.json tells, see `check_same_save`.
    gradients: What has been added up in the torch weights since the last optimizer step.
    """

    loaded: Loaded | None = None
    loaded_save: str | None = None

    def __init__(self, vocab: Vocab, model: Model[Any, Any], name: str, **cfg: Any) -> None:
        super().__init__(vocab, model, name, **cfg)
        self.gradients = Gradients(model)
        self.define_extensions()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """A component that was pickled may come to life in a process that has never made one."""
        super().__setstate__(state)
        self.define_extensions()

    def define_extensions(self) -> None:
        """Define what stands under `._` of a Doc or Span, where this is not done yet."""

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream, buffer by buffer, see `streams.py`.

        batch_size (int): Docs of a buffer, at most. Fewer are taken where they are long, so that Docs come evenly.
        """
        return annotate(self, stream, batch_size, encoder_device(self.model).type)

    def rehearse(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, float]:
        raise NotImplementedError(Errors.B025.format(name=self.name))

    def shims(self) -> list[TorchShim]:
        """The torch modules of the component, those of an encoder of its own included."""
        return self.gradients.shims

    # Files

    def write(self, folder: Path) -> None:
        """Write everything but `cfg` into an empty folder."""
        raise NotImplementedError

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        """Load what `write` wrote. Nothing changes until the returned function is called.

        initialized (bool): Whether the saved component had weights.
        """
        raise NotImplementedError

    def belonging(self) -> dict[str, object]:
        """Checksums of the weights that belong together, to be saved beside those of the files."""
        raise NotImplementedError

    def check_belonging(self, files: SavedFiles, place: Path | None) -> None:
        """RAISES (ValueError): The files were saved with other weights than those loaded from beside them."""

    @in_own_surroundings
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component's folder. It appears whole, or the old one stays.

        RAISES (SaveError): The disk is full, or the folder can't be written.
        RAISES (ValueError): The encoder that a head listens to was renamed, or removed from the pipeline.
        """
        path = Path(path)
        config = SavedConfig(path.parent)
        check_links(self.model, path.name, config.pipeline)
        with written_whole(path, kind=REPLACING if _is_outdated(path) else SAVING) as folder:
            write_component(self, folder)
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
        apply = read_component(self, FolderContents(path), path, path.parent)
        check_same_save(path, self.loaded_save)
        self.loaded_save = None
        apply()
        return self

    @in_own_surroundings
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        check_links(self.model, self.name, None)
        with temporary_folder() as folder:
            write_component(self, folder)
            return folder_to_bytes(folder)

    @in_own_surroundings
    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "BertPipe":
        """RAISES (ValueError): As `from_disk`."""
        read_component(self, BytesContents(bytes_to_files(bytes_data)), Path(IN_MEMORY), Path())()
        return self


def _is_outdated(path: Path) -> bool:
    """Whether `path` is of an older pipeline than its meta.json, which `nlp.to_disk` writes before the components."""
    settings, meta = path / SETTINGS_FILE, path.parent / META_FILE
    return settings.exists() and meta.exists() and settings.stat().st_mtime_ns < meta.stat().st_mtime_ns
