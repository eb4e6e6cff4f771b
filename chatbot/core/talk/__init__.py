"""What the bot is told and what it tells people: commands, the brake, notices and answers."""
