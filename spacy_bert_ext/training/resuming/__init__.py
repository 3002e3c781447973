"""spaCy's training loop, with a state on disk from which it resumes."""
