"""Where the emulated hosts listen, once they do."""

from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class Addresses:
    """Ports: one for uc, up, rs and rsf together, and for each bucket one per download domain (protocol §1.4).

    Filled while the listeners open.
    """

    main: int = 0
    domains: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)

    def main_host(self) -> str:
        return f"{LOOPBACK}:{self.main}"

    def backup_host(self) -> str:
        """The same port under another name: clients want two upload hosts that differ."""
        return f"localhost:{self.main}"

    def domain(self, bucket: str) -> str:
        return f"{LOOPBACK}:{self.domains[bucket]}"

    def source(self, bucket: str) -> str:
        return f"{LOOPBACK}:{self.sources[bucket]}"
