"""Training predictors of the costs of linear programs."""
