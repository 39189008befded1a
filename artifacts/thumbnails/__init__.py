"""Pictures of artifacts, drawn from untrusted bytes in a limited child process.

`pool.draw()` is the way in. `worker` is the child; each other module draws one
kind of content and is imported in the child only. No Django here.
"""
