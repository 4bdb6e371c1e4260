"""Loads a script of this folder as a module, so that another one can call its functions."""

import importlib.util
import pathlib
from importlib.machinery import SourceFileLoader


def loaded(name):
    """The script `name` as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), str(pathlib.Path(__file__).with_name(name)))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
