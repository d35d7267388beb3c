"""Plain RSA with the private exponent: what a card's chip and an issuer's HSM do (Book 2, A2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RsaKey:
    """A private key by its primes; every value derived from them is worked out once."""

    p: int = field(repr=False)
    q: int = field(repr=False)
    exponent: int
    n: int = field(init=False, repr=False)
    dp: int = field(init=False, repr=False)
    dq: int = field(init=False, repr=False)
    q_inverse: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "n", self.p * self.q)
        put(self, "dp", pow(self.exponent, -1, self.p - 1))
        put(self, "dq", pow(self.exponent, -1, self.q - 1))
        put(self, "q_inverse", pow(self.q, -1, self.p))

    @property
    def size(self) -> int:
        """Length of the modulus in bytes."""
        return (self.n.bit_length() + 7) // 8

    @property
    def modulus(self) -> bytes:
        return self.n.to_bytes(self.size)

    @property
    def exponent_bytes(self) -> bytes:
        """One byte for 3, three for 65537 (Book 2, 11.1)."""
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8)

    def sign(self, block: bytes) -> bytes:
        """The block, as long as the modulus, raised to the private exponent."""
        if len(block) != self.size:
            raise ValueError("a block to sign is as long as the modulus")
        m = int.from_bytes(block)
        if m >= self.n:
            raise ValueError("a block to sign is less than the modulus")
        at_q = pow(m % self.q, self.dq, self.q)
        at_p = pow(m % self.p, self.dp, self.p)
        h = self.q_inverse * (at_p - at_q) % self.p
        return (at_q + h * self.q).to_bytes(self.size)
