"""What OpenTelemetry sends, read into the contract's records: pure, from bytes to values."""
