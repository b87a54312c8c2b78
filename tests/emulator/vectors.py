"""The published vectors (protocol §2.7, §9.4)."""

MIB = 1024 * 1024

# size, etag v1, md5, crc32 of the content whose byte i is i mod 251
CONTENTS = [
    (0, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ", "d41d8cd98f00b204e9800998ecf8427e", 0),
    (1, "FlupPJ2wz_k_UrUh10IOQ_btonhP", "93b885adfe0da089cdf634904fd59f71", 3523407757),
    (1024, "FgrCgIT_dJM9BRI0ltr9N5FoTZtT", "9ee0a0e0c0bc0f1ff29d663d1fdf0743", 2078597072),
    (1048576, "FsL8TLIPEwGmsN0hHBnmmhOSXb5A", "8f293a2f6c19b345152f7a49bb4c643c", 4010696788),
    (4194303, "Fn9tkLHM2wFqBpgIZJ4NMMYVKZLl", "d14c5acea679625f1111e902d00b0ae0", 4004961754),
    (4194304, "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1", "aad8b8e4d120d0df7a7fda991d5dab03", 2704297939),
    (4194305, "lgV4TNEnA2AXSRVyDqVW4bohMKad", "31244b258b16e75cdf5fd63f0c98f8c6", 1101668447),
    (8388608, "lhZWuy7H6BDwRPEg8SCwWrzJuMmX", "727943cf3cd0ed31e7fbe1bab434d5eb", 2142621045),
    (8388609, "lpRzEFZm74e2PCP5AZHpXD7HEH-Z", "551614bf9fa16f183f9d4e9bdcca0bf3", 818225236),
    (9437184, "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H", "0aa0ffd067f85965934ed63cc8660850", 3752169452),
    (12595257, "ljOy1aZC5mgYDcRoCT-mpE2LKj-q", "d7948b7c162fa988ba5730373c9d7982", 1144516596),
]

TEXTS = [
    (b"hello", "Fqr0xh3cxeii2r7eDztILNmuqUNN"),
    (b"hello retry!", "FlYu0iBR1WpvYi4whKXiBuQpyLLk"),
    (bytes(4 * MIB), "FivMvS848VwT631aif2dhfWV4jvD"),
    (bytes(4 * MIB + 1), "lhCFgki5yzon0rjN9uJusf6qtsF6"),
    (bytes(8 * MIB + 1), "ljw1EdDAXqxjBRbylrCwR_xmDXdU"),
]

# part sizes in MiB of the same content, etag
PARTS = [
    ([1], "FsL8TLIPEwGmsN0hHBnmmhOSXb5A"),
    ([4, 2], "ljhkMHgATQKtDg8szqfOsNnXgKX2"),
    ([2, 4], "nm_4IaxJVm2v98pGW7G6e7Mf3RSv"),
    ([5], "noxL41IKosLubD1ndYWEnjA7Z2vx"),
    ([8], "nue2l9IXTAp0uCn59iqq96QOh51v"),
    ([4, 4, 1], "lv4Ew6JqZ47UmtoHTb4ntxxH-h5H"),
    ([5, 4], "npJEZlffMh0ezFDUPgmeNeRSnwer"),
    ([8, 1], "nvi9LROgqeORIdsj0UDfOCtd9b8T"),
    ([1] * 10, "nk3_ZxDn9Ii-Z3qeScrkS0jmUe__"),
]


def content(size_bytes: int) -> bytes:
    """Byte i is i mod 251."""
    return (bytes(range(251)) * (size_bytes // 251 + 1))[:size_bytes]
