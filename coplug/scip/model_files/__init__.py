"""Model files as text: their bytes, and strict readings of the LP and MPS formats beside SCIP's own lenient ones."""
