"""The bucket: everything that speaks to Kodo. The only room that does HTTP, signs, or knows the wire (protocol).

What does not belong here: files other than the temp file a body streams into and the record that an upload goes on
with, and deciding what to fetch or send.
"""
