"""Rolling features of the customers of one partition: numpy state, no sockets, files or clocks."""
