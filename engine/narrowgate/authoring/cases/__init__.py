"""Cases: what authors expect of their policies, what the policies do, and what no case tries."""
