"""Coverage-guided fuzzing of everything that reads what a stranger wrote.

``python -m tests.fuzz`` runs it. Each module of `targets` has

* ``attempt(data, folder)``, which feeds bytes to the program, with an empty folder to
  write into, and raises if anything but the documented errors comes out;
* ``seeds()``, the sound inputs to begin with;
* ``mutate(data, most, rng, other)``, where changing bytes blindly would not get far;
  ``other`` is the blind way.

What the fuzzing found is kept in ``seeds/<target>``, and tried by every run of the
tests, which need no fuzzer.
"""
