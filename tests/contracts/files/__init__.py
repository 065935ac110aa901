"""The promises of `domain.ports.Files`."""
