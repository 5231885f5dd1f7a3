"""What the workbooks that we write have in common, whether report or form."""
