"""State machines: any schedule of kills, clocks, servers and hosts, and what the server shows in the end."""
