"""What every stage rests on, and the command on top."""
