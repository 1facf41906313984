"""The door for files: values cut from a file, what each of them holds, in batches that fit in memory."""
