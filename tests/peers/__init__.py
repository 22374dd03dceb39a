"""Strict local stand-ins for outside services, over real sockets."""
