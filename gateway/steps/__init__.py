"""The legs of the journey, one file each. A leg reads, decides and returns an Outcome; the worker commits it."""
