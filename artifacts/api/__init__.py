"""HTTP: the only place that knows Django REST Framework.

`v1` and `v3` are the two published APIs; what both need lies beside them.
"""
