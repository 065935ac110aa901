"""Inputs and payloads of the mutations, a module for each noun."""
