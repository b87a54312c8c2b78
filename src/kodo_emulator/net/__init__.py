"""HTTP/1.1: values, parsing, sockets, routes by path. Nothing here knows of Kodo."""
