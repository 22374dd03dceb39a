"""What the commands do and print, a module a noun; `assistant/__main__.py` parses and calls one function of these."""
