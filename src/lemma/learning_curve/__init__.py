"""Learning curves: the scores of a model as a function of the number of training documents."""
