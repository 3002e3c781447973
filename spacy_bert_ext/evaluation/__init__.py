"""How good a pipeline is, measured on annotated Docs."""
