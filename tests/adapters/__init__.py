"""Tests of what stands behind the ports."""
