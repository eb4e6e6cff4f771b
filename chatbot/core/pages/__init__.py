"""What a reader sees: the transcript and the digest, built from the record of a chat."""
