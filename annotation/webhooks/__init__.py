"""Tell another system that a recipe's export is done, or failed: one signed POST, sent again until it is taken.

`endpoint` says where to and with which secret, `signing` how a message is signed, `deliveries` what is told and when.
"""
