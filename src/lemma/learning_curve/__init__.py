"""Learning curves: how good a model is with part of the training documents."""
