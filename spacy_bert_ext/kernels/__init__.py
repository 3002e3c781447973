"""Layers of torch that compute the same numbers faster: packed and blocked linear, embedding, attention, dropout."""
