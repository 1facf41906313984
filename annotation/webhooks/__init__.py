"""Tell another system that a recipe's export is done, or failed, or that a trigger fired: one signed POST, sent again
until it is taken.

`endpoint` says where to and with which secret, `signing` how a message is signed, `messages` what is told, and
`deliveries` when.
"""
