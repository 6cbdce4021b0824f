"""DICOM files of projection radiographs: from bytes to grey pixels, a window, and an allow-list of attributes."""
