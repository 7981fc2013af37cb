"""A web server for a published site: `answer` decides, `site` reads the files, `asgi` speaks to an HTTP server."""
