"""Floor 2: what the system does. One operation is one transaction: lock, gather facts, decide, write.

Time and ids are arguments; nothing here reads a clock or a setting.
"""
