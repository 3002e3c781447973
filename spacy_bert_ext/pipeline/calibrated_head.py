"""What heads have in common whose scores are calibrated: the temperature, in memory and on disk."""

from collections.abc import Callable
from typing import Any

from ..files.folder_kinds import SETTINGS_FILE
from ..files.saved_files import SavedFiles
from ..settings import check_temperature
from .bert_head import BertHead


class CalibratedHead(BertHead):
    """A component with a temperature, `cfg["temperature"]`, which `spacy bert calibrate` finds."""

    def temperature(self) -> float:
        """The divisor of logits. RAISES (ValueError): `cfg["temperature"]` is not a number above 0."""
        temperature: float = self.cfg["temperature"]
        check_temperature(temperature)
        return temperature

    def check_calibration(self, settings: dict[str, Any]) -> None:
        """RAISES (ValueError): What `spacy bert calibrate` has written was edited, and makes no sense."""
        check_temperature(settings.get("temperature", self.cfg["temperature"]))

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        try:
            self.check_calibration(settings)
        except ValueError as error:
            raise files.error(f"{SETTINGS_FILE} can't be right: {error}") from error
        return super().read(files, settings, initialized=initialized)
