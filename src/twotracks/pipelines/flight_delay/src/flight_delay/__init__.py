"""A web service that says how likely a flight out of New York is to be late.

The service is code and is released as code. The model it answers with is read from a registry
directory while it runs, and is released on its own.
"""

__version__ = "1.0.0"
