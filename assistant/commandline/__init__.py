"""What each command takes: a module a part of the work, `assistant/__main__.py` puts them together. A command imports what it calls only then, so that `--help` is quick."""
