"""Reading and writing files: one reader per format, pictures, and files that are written whole or not at all."""
