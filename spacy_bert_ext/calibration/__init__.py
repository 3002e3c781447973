"""How far scores can be read as probabilities, and what makes them so."""
