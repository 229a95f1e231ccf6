"""The visitor's theme, and a page that follows when it is changed in mid-visit."""

import streamlit as st

# Streamlit tells a run which theme the browser shows, but begins none that would know it when the theme changes
# (its issue 11920): the new one is known only to the next run. So the page asks for that run, once a change.
FOLLOW = """
let asked = null
export default function ({ data, parentElement, setTriggerValue }) {
    const shown = () => {
        const app = document.querySelector("[data-testid='stApp']")
        const [red, green, blue] = getComputedStyle(app).backgroundColor.match(/\\d+/g).map(Number)
        return red + green + blue < 3 * 128 ? "dark" : "light"
    }
    const look = () => {
        const now = shown()
        if (now === data.drawn) asked = null
        else if (now !== asked) setTriggerValue("turned", asked = now)
    }
    clearInterval(parentElement.clock)
    parentElement.clock = setInterval(look, 300)
    return () => clearInterval(parentElement.clock)
}
"""
KEY = "theme"
APART = f".st-key-{KEY} {{ position: absolute; }}"  # takes no place among what is drawn


def dark() -> bool:
    """Whether the browser shows the dark theme, as this run knows it."""
    return bool(st.context.theme.type == "dark")


def follow() -> None:
    """Have the page run again when the visitor turns from one theme to the other."""
    followed = st.components.v2.component(KEY, js=FOLLOW)
    with st.container(key=KEY):
        followed(data={"drawn": "dark" if dark() else "light"}, key=f"_{KEY}", on_turned_change=lambda: None)
