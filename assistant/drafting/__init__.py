"""Proposals of risks and documents, and their life until a person approves them.

A draft is made from the registers and the approved documents; what they do not say is left open and asked, never invented.
"""
