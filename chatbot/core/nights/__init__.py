"""When things happen and in which words: rhythms, timetables, the posts of a night, and when to read again."""
