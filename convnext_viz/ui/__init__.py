"""Everything Streamlit: what two pages share, and a folder for what each page is made of."""
