"""The commands, each a module that is imported when it is run or asked for help."""
