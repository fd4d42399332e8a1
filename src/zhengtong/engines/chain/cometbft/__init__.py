"""CometBFT 0.38: our application behind a node (ABCI 2.0 over a socket), and the city's side that sends and follows."""
