"""Tracking jobs: one source with everything that `outrack track` does to it, and batches of sources in processes."""
