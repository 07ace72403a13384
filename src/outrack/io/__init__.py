"""Reading and writing files: one reader per format, pictures, atomic writes."""
