"""A pipeline → the same with an encoder in int8, and what that costs: scores, annotations, calibration."""
