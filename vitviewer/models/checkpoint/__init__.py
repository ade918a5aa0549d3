"""What a model's folder holds, read as a stranger's: JSON and safetensors, with bounds.

No pickle is opened, no code of a folder runs, no size in a header is believed before it
is checked. `config` cleans the config, `weights` checks the files of weights by their
headers, `conversion` makes safetensors of a pickle by reading nothing but its numbers.

Here belongs what holds for every folder. What a config means belongs in `families`.
"""
