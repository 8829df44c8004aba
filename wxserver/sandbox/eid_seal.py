"""Names and numbers sealed for a merchant as E证通 seals them: SM2 around a key, SM4 around the person (GB/T 32918.4).

SM2 is written here in plain integers over the recommended curve, since ``cryptography`` has none: good enough to play
a far side, not to keep a secret (nothing in it takes constant time).
"""

import base64
import json
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Point = tuple[int, int]

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
"""The curve of GB/T 32918.5: y² = x³ + Ax + B modulo P, and the point G of order N."""
SEALINGS = ("raw", "raw_without_04", "der")
"""How an SM2 ciphertext may be written down; E证通's documents do not say which."""
_BLOCK = 16


@dataclass(frozen=True)
class Sealed:
    """What stands in ``DesKey`` and ``UserInfo``, each base64."""

    des_key: str
    user_info: str


def seal(public_key: Point, sealing: str, name: str, id_number: str) -> Sealed:
    """Name and number for the holder of the private key, under a session key of its own.

    The person's JSON is filled up with blanks to whole blocks, because the receiver removes no padding.
    """
    key = secrets.token_bytes(_BLOCK)
    person = json.dumps({"name": name, "idtype": "01", "idnum": id_number}, ensure_ascii=False).encode()
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305
    person += b" " * (-len(person) % _BLOCK)
    return Sealed(
        des_key=base64.b64encode(encrypt(public_key, key, sealing)).decode(),
        user_info=base64.b64encode(cipher.update(person) + cipher.finalize()).decode(),
    )


def encrypt(public_key: Point, message: bytes, sealing: str = "raw") -> bytes:
    """SM2 ciphertext of ``message`` (not empty), in the order C1 C3 C2."""
    while True:
        factor = 1 + secrets.randbelow(N - 1)
        start, shared = _times(factor, G), _times(factor, public_key)
        if start is None or shared is None:
            continue
        left, right = _bytes(shared[0]), _bytes(shared[1])
        mask = _derived(left + right, len(message))
        if any(mask):
            break
    covered = bytes(one ^ other for one, other in zip(message, mask, strict=True))
    check = _sm3(left + message + right)
    if sealing == "der":
        parts = (_der(2, _positive(start[0])), _der(2, _positive(start[1])), _der(4, check), _der(4, covered))
        return _der(0x30, b"".join(parts))
    return (b"" if sealing == "raw_without_04" else b"\x04") + _bytes(start[0]) + _bytes(start[1]) + check + covered


def public_key(text: str) -> Point | None:
    """A public key from 130 hexadecimal digits, ``04`` before x and y; None where they are no point of the curve."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    if len(raw) != 65 or raw[0] != 4:
        return None
    x, y = int.from_bytes(raw[1:33]), int.from_bytes(raw[33:])
    on_curve = x < P and y < P and (y * y - (x * x * x + A * x + B)) % P == 0
    return (x, y) if on_curve else None


def public_key_of(private_key: str) -> Point | None:
    """The public key that belongs to 64 hexadecimal digits of a private one; None where they are none."""
    try:
        factor = int(private_key, 16)
    except ValueError:
        return None
    return _times(factor, G) if len(private_key) == 64 and 0 < factor < N - 1 else None


def _times(factor: int, point: Point) -> Point | None:
    """``factor`` times a point; None is the point at infinity."""
    found: Point | None = None
    for bit in f"{factor:b}":
        found = _sum(found, found)
        if bit == "1":
            found = _sum(found, point)
    return found


def _sum(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _derived(shared: bytes, length: int) -> bytes:
    """The key stream that GB/T 32918.4 derives from the shared point."""
    blocks = (_sm3(shared + count.to_bytes(4)) for count in range(1, length // 32 + 2))
    return b"".join(blocks)[:length]


def _sm3(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def _bytes(number: int) -> bytes:
    return number.to_bytes(32)


def _positive(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8)
    )
    return bytes([tag]) + length + content
