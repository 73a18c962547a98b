#!/usr/bin/env python3
"""Makes test/unit/data/token_vectors.json: a key ring and tokens by another library than ours.

    test/tools/make_token_vectors.py > test/unit/data/token_vectors.json

Needs PyJWT and cryptography (Debian: python3-jwt, python3-cryptography); the tests need the file only.
Keys are made for it and thrown away. PyJWT's own verdict on each token is in the file too.
"""

import base64
import json
import secrets

import cryptography
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = 1_700_000_000


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


secret = secrets.token_bytes(48)
pairs = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
points = [pair.public_key().public_numbers() for pair in pairs]
edwards = ed25519.Ed25519PrivateKey.generate()
edwards_raw = edwards.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

ring = {"keys": [{"kid": "secret", "kty": "oct", "alg": "HS256", "use": "sig", "k": b64(secret)}]}
for kid, point in zip(("web", "mobile"), points):
    ring["keys"].append({"kid": kid, "kty": "EC", "crv": "P-256", "alg": "ES256",
                         "x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))})
ring["keys"].append({"kid": "ops", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": b64(edwards_raw)})

SIGNERS = {
    "secret": ("HS256", secret, secret),
    "web": ("ES256", pairs[0], pairs[0].public_key()),
    "mobile": ("ES256", pairs[1], pairs[1].public_key()),
    "ops": ("EdDSA", edwards, edwards.public_key()),
}

# name, claims, the verdict at NOW.
CLAIMS = [
    ("least", {"exp": NOW + 60}, "ok"),
    ("text", {"exp": NOW + 60, "iat": NOW, "nbf": NOW, "sub": "ada", "jti": "7f1c", "tenant_id": "acme"}, "ok"),
    ("number", {"exp": NOW + 60.5, "tenant_id": 42}, "ok"),
    ("not ASCII", {"exp": NOW + 60, "tenant_id": "M\u00fcller & S\u00f6hne", "sub": "\u5f20"}, "ok"),
    ("nested", {"exp": NOW + 60, "tenant_id": "acme", "scope": {"a": [1, {"b": None}]}}, "ok"),
    ("large", {"exp": NOW + 60, "tenant_id": "acme", "scope": "x" * 600}, "ok"),
    ("expired", {"exp": NOW, "tenant_id": "acme"}, "expired"),
    ("early", {"exp": NOW + 60, "nbf": NOW + 30}, "not_yet_valid"),
    ("no exp", {"tenant_id": "acme"}, "claims"),
    ("audience", {"exp": NOW + 60, "aud": ["somebody else"]}, "audience"),
    ("tenant list", {"exp": NOW + 60, "tenant_id": ["acme"]}, "tenant"),
]


def stock_verdict(token, algorithm, key):
    """Whether PyJWT takes the signature; the file's clock stands still, PyJWT's does not."""
    try:
        jwt.decode(token, key, algorithms=[algorithm], options={
            "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False})
        return True
    except jwt.InvalidTokenError:
        return False


tokens = []


def add(name, token, claims, kid, verdict, algorithm, key):
    tokens.append({"name": name, "token": token, "kid": kid, "verdict": verdict, "claims": claims,
                   "stock_takes_signature": stock_verdict(token, algorithm, key)})


for kid, (algorithm, private, public) in SIGNERS.items():
    for name, claims, verdict in CLAIMS:
        token = jwt.encode(claims, private, algorithm=algorithm, headers={"kid": kid})
        add(f"{kid}: {name}", token, claims, kid, verdict, algorithm, public)
    claims = {"exp": NOW + 60, "tenant_id": "acme"}
    good = jwt.encode(claims, private, algorithm=algorithm, headers={"kid": kid})
    head, body, signature = good.split(".")
    other = jwt.encode({"exp": NOW + 60, "tenant_id": "beta"}, private, algorithm=algorithm, headers={"kid": kid})
    add(f"{kid}: claims of another", ".".join([head, other.split(".")[1], signature]), claims, kid, "signature",
        algorithm, public)
    raw = base64.urlsafe_b64decode(signature + "==")
    add(f"{kid}: cut", f"{head}.{body}.{b64(raw[:-3])}", claims, kid, "signature", algorithm, public)
    add(f"{kid}: no signature", f"{head}.{body}.", claims, kid, "malformed", algorithm, public)
    none = jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
    add(f"{kid}: none", none, claims, kid, "malformed", algorithm, public)
    unnamed = jwt.encode(claims, private, algorithm=algorithm)
    add(f"{kid}: no kid", unnamed, claims, kid, "malformed", algorithm, public)

for wrong, kid in (("web", "mobile"), ("mobile", "web")):
    algorithm, private, _ = SIGNERS[wrong]
    claims = {"exp": NOW + 60}
    token = jwt.encode(claims, private, algorithm=algorithm, headers={"kid": kid})
    add(f"{wrong} says {kid}", token, claims, kid, "signature", algorithm, SIGNERS[kid][2])

print(json.dumps({"made_by": f"PyJWT {jwt.__version__}, cryptography {cryptography.__version__}",
                  "now": NOW, "ring": ring, "tokens": tokens}, indent=1))
