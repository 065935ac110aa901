"""The promises of `adapters.tables.table.Table`; a new engine is one more entry in `engines.py`."""
