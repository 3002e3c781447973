"""Where the package runs: torch's global settings, memory, forks, numbers that are none, weights in a thinc Shim."""
