"""The promises of `domain.ports.SocialPlatform`."""
