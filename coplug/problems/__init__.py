"""Problems: one module each with its instance type, reader and writer, generator and objective."""
