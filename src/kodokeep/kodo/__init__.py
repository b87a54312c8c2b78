"""The bucket: everything that speaks to Kodo. The only room that does HTTP, signs, or knows the wire (protocol).

What does not belong here: files other than the temp file a body streams into and the record that an upload goes on
with, and deciding what to fetch or send.

bucket, tools                           the port `Bucket` as a whole, and what transfers are made with
hosts, signing, transport, api          one request: where to, by whom, and how it is sent
retry, failures, meter                  … and tried again, understood, counted
wire, urls                              JSON, keys and hosts, as the protocol spells them
account, survey, trial                  what an account has; a bucket's surroundings, and one fetch for a try
listing, page_guard, prefetch           all objects, proved complete
objects, batch, relocations, verdicts   looking, deleting, moving, copying, many at a time
thaws                                   … asking for archived ones to be thawed
crew, lane, pace, messages              transfers either way: the caller's thread, the threads that drive curl
limiter, toll                           … no faster than allowed: how much may pass, who waits for it
download, task, errands, ladder, clerk  an object on its way: handed over, begun and ended, judged, asked about
sources, exchange, body, verify         … where from, one GET, the temp file, its proof
upload, chores, asking, delivery        a file on its way: handed over, its script run, said, one request
commit, attributes, sniff               … the call that makes the object, and what it is besides its bytes
form_upload, form                       … small ones, in one request
part_upload, parts, pieces, resume      … large ones, in parts, which another process can go on with
regular                                 opening files that somebody else may have replaced
"""
