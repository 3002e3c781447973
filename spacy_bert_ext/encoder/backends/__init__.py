"""Back ends: what computes vectors in prediction."""
