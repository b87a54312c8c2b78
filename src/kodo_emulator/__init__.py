"""A faithful Qiniu Kodo server on loopback. It shares no code with kodokeep.

Start reading at `app.py`: it wires the hosts (`host_*.py`) to a store (`store.py`) and puts them on sockets
(`server.py`). "Protocol §n" in a docstring names the section of the wire protocol page; `[unv]` marks a guess about
the real cloud.
"""
