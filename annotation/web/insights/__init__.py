"""Engineers' pages: is the signal valid, does the loop close, is it fast enough?"""
