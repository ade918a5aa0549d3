"""Small widgets and helpers that know nothing of this program's subject.

Text from models and files is untrusted, and Qt guesses whether text is HTML: `plain`
has the labels, titles and tool tips that never do. Use these and not Qt's own.
"""
