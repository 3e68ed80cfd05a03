"""Networks (torch), one module each, and shipped weights in ``zoo``. Importing this does not import torch."""
