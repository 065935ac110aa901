"""The social platforms; one module each, found by discovery."""
