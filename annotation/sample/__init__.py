"""The demo's sample: interactions written for Flywheel, and what people did about them before the first start."""
