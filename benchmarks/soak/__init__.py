"""The embedded system under load and faults for minutes, and whether all ended as it should."""
