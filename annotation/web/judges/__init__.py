"""The pages of judges: how right each is, a prompt tried before it is kept, a run seen before it is started."""
