"""The guide as Prometheus rules: the second evaluator, rendered from the same rows."""
