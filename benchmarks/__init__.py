"""How fast the service is, and beside what: programs that measure; nothing of the service needs them."""
