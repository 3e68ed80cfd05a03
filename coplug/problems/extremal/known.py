"""What is proved about extremal numbers."""

from __future__ import annotations

from coplug.problems.extremal.graph import GIRTH_5

A006856 = (
    *(0, 0, 1, 2, 3, 5, 6, 8, 10, 12, 15, 16, 18, 21, 23, 26, 28, 31, 34, 38, 41, 44, 47, 50, 54, 57, 61, 65),
    *(68, 72, 76, 80, 85, 87, 90, 95, 99, 104, 109, 114, 120, 124, 129, 134, 139, 145, 150, 156, 162, 168),
    *(175, 176, 178, 181),
)
"""Most edges of n = 0, 1, ..., 53 nodes without cycles of length 3 and 4: OEIS A006856, proved."""


def proved(n: int, lengths: tuple[int, ...]) -> int | None:
    """Return the largest number of edges of n nodes, or None where it is not known here.

    For triangles alone it is n**2 // 4 (W. Mantel, 1907).
    """
    if lengths == (3,):
        return n * n // 4
    if lengths == GIRTH_5 and n < len(A006856):
        return A006856[n]
    return 0 if n < 2 else None
