"""The regions of the cloud (protocol §1.1). All of them are served by the same hosts here."""

from collections.abc import Mapping
from dataclasses import dataclass

from kodo_emulator.errors import KodoError

DEFAULT_REGION = "z0"


@dataclass(frozen=True, slots=True)
class Region:
    """A region, and what the S3 protocol calls it."""

    id: str
    s3_alias: str
    description: str


REGIONS: Mapping[str, Region] = {
    region.id: region
    for region in (
        Region("z0", "cn-east-1", "East China"),
        Region("cn-east-2", "cn-east-2", "East China, Zhejiang 2"),
        Region("z1", "cn-north-1", "North China"),
        Region("z2", "cn-south-1", "South China"),
        Region("na0", "us-north-1", "North America"),
        Region("as0", "ap-southeast-1", "Singapore"),
    )
}


def known_region(region_id: str) -> str:
    """The id of a region that exists.

    Raises:
        KodoError: 400.
    """
    if region_id not in REGIONS:
        raise KodoError(400, f"invalid region: {region_id}")  # [unv unknown-region]
    return region_id
