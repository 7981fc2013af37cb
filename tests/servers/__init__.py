"""What a web server must do with a folder of feeds, and the servers that are tried."""
