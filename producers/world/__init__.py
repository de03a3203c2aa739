"""The simulated world: who the customers are, what they visit and when. Pure: no sockets, files or clocks."""
