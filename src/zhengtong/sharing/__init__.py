"""共享: data is asked for, agreed, served under contract; every use can be proved."""
