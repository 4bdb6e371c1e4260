"""The module `Tranship` for CMake, which scikit-build-core finds by the entry point `cmake.module`."""
