"""Reading an MPS file strictly: what SCIP's reader would read in part, ignore or make up is refused in one line."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.model_files import mps_scan as scan
from coplug.scip.model_files.lp import line_of, quoted_line
from coplug.scip.model_files.memory import address_and_size

_COMPLAINTS = {
    scan.LONG_LINE: "a line of more than 1,022 characters, expected a shorter one",
    scan.AFTER_END: "a section after ENDATA, expected none",
    scan.FIELDS: "another number of fields than the section has",
    scan.NUMBER: "expected a number with a decimal point, and 1e30 where it is infinite",
    scan.UNKNOWN_ROW: "a row that is not among ROWS",
    scan.UNKNOWN_COLUMN: "a variable that is not among COLUMNS",
    scan.SECOND_ROW: "a row of this name for the second time",
    scan.SECOND_ENTRY: "a second coefficient of the variable in this row",
    scan.SECOND_COLUMN: "the variable again after another one, expected its lines together",
    scan.SAME_NAME: "a variable whose name is another one's where SCIP writes an underscore for each blank",
    scan.SECOND_SET: "a second set of right-hand sides, ranges or bounds, expected one",
    scan.SECOND_SIDE: "a second number for this row",
    scan.FREE_SIDE: "a side of a row of type N that is not the objective; readers disagree on what it means",
    scan.MARKER: "a marker other than 'INTORG' and 'INTEND'",
    scan.BOUND_TYPE: "a type of bound that is none of LO, UP, FX, FR, MI, PL, BV, LI, UI, SC, SI",
    scan.BOUND_VALUE: "expected the name of the set of bounds, the variable and a number",
}


def check_mps(text: bytes, path: Path) -> None:
    """See that nothing of an MPS file gets lost.

    Raises
    ------
    InstanceError
        With the line, what stands there, and what was expected.
    """
    if b"\0" in text:
        raise InstanceError(f"{path}, line {line_of(text, text.index(0))}: found a character that is no text")
    code, position = scan.scan(*address_and_size(text))
    if code == scan.FINE:
        return
    if code == scan.NO_END:
        raise InstanceError(f"{path} does not end with the line ENDATA and is probably cut off")
    found = text[position:].split(None, 1)[0][:60].decode(errors="backslashreplace")
    raise InstanceError(
        f"{path}, line {line_of(text, position)}: found {found!r} in {quoted_line(text, position)}: {_COMPLAINTS[code]}"
    )
