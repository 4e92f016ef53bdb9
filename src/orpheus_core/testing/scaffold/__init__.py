"""Scaffolding: the package of a new plugin, made from the templates beside this file.

``templates/common`` is for every kind of plugin, the other folders for one kind each. A file
``path/name.txt`` there becomes ``path/name``; ``dot-`` at the start of a name stands for a dot,
the folder ``PACKAGE`` for the new package, ``@@word@@`` in the text for a name of it.
``about.md`` becomes a part of other files: its first line is the summary, the rest says what
the plugin does. As texts, templates are no code to whoever checks, imports or packs this one.
"""
