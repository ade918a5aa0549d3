"""Odd things that people open, made by generators."""
