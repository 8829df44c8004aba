"""PDF files looked into by a process of their own, behind the port `PdfReader`."""

from wxserver.adapters.pdfs.reader import IsolatedPdfReader

__all__ = ["IsolatedPdfReader"]
