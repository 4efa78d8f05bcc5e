"""The reviewers' pages: server-rendered, blind, by keyboard, over the desk.

`routes.py` lists every address with who may use it; `app.py` makes the application of it.
"""
