"""What a version's card says: each part of it as a table, the tables as Markdown, and all of them as one text."""
