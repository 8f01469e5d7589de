"""The search for a model's settings: equal budgets, judged on dev alone."""
