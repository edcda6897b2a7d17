"""The server around the pages: files on the wire, and what is ready before anybody comes."""
