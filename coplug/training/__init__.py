"""Training: sample storage and the shared loops. Importing this package does not import torch."""
