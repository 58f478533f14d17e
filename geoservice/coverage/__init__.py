"""Pure geometry: service areas, cells, coverage, gaps and distances, in metres of the working plane."""
