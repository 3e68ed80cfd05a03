"""Networks (torch), one module each, and the shipped weights in ``zoo``. Importing this package does not import torch."""
