"""The entry script: navigation and nothing else. Every page draws its own frame through mfapp.frame."""

from mfapp import frame, runs

runs.warm()
frame.run()
