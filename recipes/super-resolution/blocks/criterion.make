Criterion(device, config.loss)
