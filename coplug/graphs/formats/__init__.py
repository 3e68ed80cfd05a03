"""Files of graphs: one reader a file, and what picks it by the suffix."""
