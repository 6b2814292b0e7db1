"""The two commands of openssl that the documentation shows, for machines without it: genpkey and pkey."""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

command, *arguments = sys.argv[1:]
out = Path(arguments[arguments.index("-out") + 1])
if command == "genpkey":
    bits = int(arguments[arguments.index("-pkeyopt") + 1].removeprefix("rsa_keygen_bits:"))
    made = rsa.generate_private_key(65537, bits)
    out.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
else:
    private = load_pem_private_key(Path(arguments[arguments.index("-in") + 1]).read_bytes(), None)
    out.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
