"""Writers of exchange formats, used by shell, Python and web alike."""
