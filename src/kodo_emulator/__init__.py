"""A faithful Qiniu Kodo server on loopback. It shares no code with kodokeep.

Start reading at `app.py`: it wires the hosts (`hosts/`) to a store (`store/`) and puts them on sockets (`net/`).
"Protocol §n" in a docstring names the section of the wire protocol page. `[unv NAME]` marks a guess about the real
cloud; `docs/emulator-guesses.md` lists all of them with the question to ask.
"""
