"""What computes: this process, several on this machine, or a cluster of Ray. Chunks come back in their order."""
