"""A build whose steps run on an engine: processes on one machine or on many, which exchange objects in a private place."""
