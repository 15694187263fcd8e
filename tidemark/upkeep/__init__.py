"""Housekeeping: drops old rows, and warns before disks are full."""
