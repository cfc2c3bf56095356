"""The panel in the browser: pages, and the small modules that keep them live over the server's own API."""
