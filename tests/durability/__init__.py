"""The order of system calls by which an answer is given only for what is durable."""

from __future__ import annotations
