"""What `feedloom init` finds in a folder, and the files it writes."""
