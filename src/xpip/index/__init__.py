"""What exists: index pages, find-links folders and core metadata, from the network or the store."""
