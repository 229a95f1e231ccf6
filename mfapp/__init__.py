"""The Streamlit side: controls, URL and session state, the player, long runs."""
