"""What the commands do and print, a module a noun; `assistant/__main__.py` and `assistant/commandline` parse and call one function of these."""
