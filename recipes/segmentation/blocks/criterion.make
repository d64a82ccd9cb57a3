Criterion(info, device, config.loss)
