"""What stands between the network and a view: middleware, the store of rendered pages, static files."""
