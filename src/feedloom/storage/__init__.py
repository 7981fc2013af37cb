"""Object storage: S3, Google Cloud Storage and Azure, by their URLs."""
