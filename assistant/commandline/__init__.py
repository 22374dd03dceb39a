"""What each command takes: a module a part of the work, put together by `assistant/__main__.py`.

A command imports what it calls only when it is called, so that `--help` is quick.
"""
