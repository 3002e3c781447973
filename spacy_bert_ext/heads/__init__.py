"""Token and document vectors → scores, their losses, and the best tag sequence."""
