"""The entry script: navigation and nothing else. Every page draws its own frame through mfapp.frame."""

import streamlit as st

from mfapp import frame, runs

runs.warm()
st.navigation(frame.navigation()).run()
