"""The folder: the local side of a pair. One door, `LocalFolder`; nothing else of kodokeep touches the tree.

folder, workshop                        the port `Folder` as a whole, and what changing a folder takes
walk, scan, spill, links                the tree as entries, in the order of their keys
dirs, spot, reading                     directories, places and files, opened without ever leaving the folder
content, copies, sources                files that are hashed, copied, sent
names, twins, allocator                 which names the disk keeps, and which one a new file gets
files, relocate, moves, rename, settle  placements: contents that come or go, files that move, and both after a crash
temps, parked, history                  what waits or stays in `.kodokeep`
durability, probe, failures             what the disk promises, can do, and refuses
abilities                               the same for people: tried and told
lock, identity, overlap, records        whose folder it is, and who works in it
"""
