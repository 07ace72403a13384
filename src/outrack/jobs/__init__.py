"""Tracking jobs: everything that `outrack track` does with one source, and batches of sources in processes."""
