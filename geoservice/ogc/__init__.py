"""The OGC standard's parameters, links and documents, without any Flask."""
