"""Who travels: what must hold (needs), what is weighed (preferences), and what is learned."""
