"""One function a figure: data and a palette in, a Plotly figure out."""
