"""Report studio: generated text, edits that outlive it, versions of the finished report."""
