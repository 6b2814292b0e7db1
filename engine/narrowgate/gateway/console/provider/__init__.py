"""Signing in with an identity provider: OpenID Connect 1.0, authorisation code with PKCE."""
