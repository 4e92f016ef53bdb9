"""The version of orpheus-core."""

VERSION = "0.1.0"
