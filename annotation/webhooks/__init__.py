"""Tell another system that a recipe's export is done, or failed, that a trigger fired, or that an alarm was raised or
is over: one signed POST, sent again until it is taken. People are told of alarms by mail.

`endpoint` says where to and with which secret, `signing` how a message is signed, `messages` what is told, `mail` how a
person reads it, and `deliveries` when.
"""
