"""The explorer: a local web server and its pages, which show policies, runs and spots, solve spots and play hands."""
