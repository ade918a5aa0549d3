"""Who answers requests, and where: here, in this process.

An `Engine` owns one model and the recording of one picture. What crosses it is plain
data (`vitviewer.queries`, `vitviewer.answers`), never a tensor, so that an engine may
come to live in another process or on another machine. When memory runs out it goes on
with less, and its answer says so.

Here belong running, cancelling, memory and provenance. How a value is computed belongs
in `methods`, which values are shown in `maps`.
"""
