"""The writers: each turns one `Transcript` into one format. They read values and write bytes, nothing else."""
