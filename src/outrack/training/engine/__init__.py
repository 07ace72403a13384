"""The training loop: network and losses, optimiser steps, validation, checkpoints."""
