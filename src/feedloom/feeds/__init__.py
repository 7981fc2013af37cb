"""Records to feeds: which there are, and what each shows. Pure."""
