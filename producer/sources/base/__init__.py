"""What every source rests on: its contract, its signals, and what it saw recently."""
