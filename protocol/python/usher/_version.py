"""The version of the package: the build's, where the package is made of one."""
VERSION = "0.1"
