"""What the heads of pairs know of pairs: how they are given, numbers that they have, checkpoints."""
