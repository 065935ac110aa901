"""What users ask for, from end to end in one process."""
