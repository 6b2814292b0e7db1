"""Keeping a gate in service: an engine that ends is replaced; policies that change are vetted, tried and taken over."""
