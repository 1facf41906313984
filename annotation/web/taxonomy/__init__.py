"""The taxonomy's pages: versions, a draft and its reasons, two versions side by side, labels on their way."""
