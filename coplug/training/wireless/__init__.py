"""Learning to precode and to allocate power, without labels: the loss is the rate."""
