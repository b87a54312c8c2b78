"""Doing: actions become steps, steps become batches, batches are committed. Decides nothing about keys."""
