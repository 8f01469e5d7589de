"""From scores, curves and claims to figures and PDFs."""
