"""Metrics as files and pictures."""
