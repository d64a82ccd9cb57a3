"""Parts of networks, with weights of their own."""
