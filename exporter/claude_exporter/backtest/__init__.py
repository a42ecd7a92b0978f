"""Replays real incidents through the real evaluator: what would these thresholds have done?"""
