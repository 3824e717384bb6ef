"""The store as files: rows as CSV and JSON, what their columns mean, and dated editions of everything."""
