"""What past events let expect: a small model, and the plugin that asks it."""

from orpheus_core.brain.learning.predictor import Predictor

__all__ = ["Predictor"]
