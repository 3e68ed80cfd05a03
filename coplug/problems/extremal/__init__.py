"""Extremal graphs: as many edges as possible without cycles of forbidden lengths.

With the lengths 3 and 4 forbidden, the largest number f(n) of edges of n nodes is known exactly to n = 53 only (OEIS
A006856). The score of any graph is its number of edges minus its number of forbidden cycles; the largest score is
f(n), because deleting an edge of each cycle loses no more edges than there are cycles.

:mod:`.flips` holds the compiled table of what each flip of a pair is worth, :mod:`.graph` the state made of it,
:mod:`.tabu` and :mod:`.climb` the two compiled searches, :mod:`.search` the curriculum over sizes that both share,
:mod:`.archive` the best graph of each size in a file, :mod:`.certificate` the independent check.

Source: A. Mehrabian et al., Finding increasingly large extremal graphs with AlphaZero and tabu search, IJCAI 2024.
"""
