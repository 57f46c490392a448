"""Clean tables to frozen numpy arrays: the timetable and its time-expanded graph."""
