"""The pages' parts, all of Streamlit: what pages share, and a folder for each page."""
