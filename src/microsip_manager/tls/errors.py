"""What can be wrong with certificates. Every text is one line for people."""

from __future__ import annotations


class BadCertificate(Exception):
    """A certificate, a key or their files cannot be used; the text says why and what to do."""


class NotTheAuthority(Exception):
    """A server did not hand out the certificate of the authority that was asked for; the text says why."""
