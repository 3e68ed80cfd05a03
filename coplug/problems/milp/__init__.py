"""Mixed-integer linear programs: instances, their files, the policies that branch on them, and the problem."""
