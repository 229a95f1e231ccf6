"""What pages and lessons both show: figures, equation cards, derivations, questions."""
