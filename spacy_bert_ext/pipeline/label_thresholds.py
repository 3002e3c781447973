"""Labels that hold from a score on."""

from typing import Any

import numpy as np

from ..settings import check_number, check_thresholds, from_0_to_1
from .labelled_head import LabelledHead


class LabelThresholds(LabelledHead):
    """A component with `cfg["threshold"]`, and in `cfg["thresholds"]`, which `spacy bert calibrate --thresholds` fills,
    those of labels that have their own.
    """

    def label_thresholds(self) -> np.ndarray:
        """(n_labels,). RAISES (ValueError): `cfg["threshold"]` was set to what can be none."""
        check_number("threshold", self.cfg["threshold"], from_0_to_1, "from 0 to 1")
        return np.array([self.cfg["thresholds"].get(label, self.cfg["threshold"]) for label in self.labels])

    def _forget_calibration(self) -> None:
        super()._forget_calibration()
        self.cfg["thresholds"] = {}

    def check_calibration(self, settings: dict[str, Any]) -> None:
        super().check_calibration(settings)
        check_number("threshold", settings.get("threshold", self.cfg["threshold"]), from_0_to_1, "from 0 to 1")
        check_thresholds(settings.get("thresholds", {}), settings["labels"])
