"""Files into the store: from the upload, the inbox or the demonstration to radiographs in a batch."""
