"""Tags of tokens: schemes, the CRF, decoders. Arrays only: no spaCy, no encoder."""
