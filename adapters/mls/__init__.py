"""The protocols of multiple listing services; one module each, found by discovery."""
