"""What `tests/test_promises.py` runs in processes of their own, and how it reads them.

``record`` is the audit hook, ``cage`` the kernel's filter, and ``opened`` what the
kernel saw opened. ``window`` and ``commands`` use the program as a person would;
``sins`` does what is forbidden, to show that it would be noticed. ``place`` sets the
scene, ``start`` runs it all, and ``verdict`` reads what was recorded.
"""
