"""From class probabilities to scores, significance and curves; no model is loaded here."""
