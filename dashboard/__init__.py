"""The dashboard: Streamlit screens over the services of core."""
