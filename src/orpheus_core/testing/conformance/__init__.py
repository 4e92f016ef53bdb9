"""The conformance kit: what every plugin has to keep to, as rules that are tried on it.

A plugin's author writes a sample (`samples`): fictional answers of a service, links, events,
items. Each `Rule` is tried on the plugin with that sample; the fault matrix (`faults`) breaks
every request of every flow in every way that networks and services break.
"""
