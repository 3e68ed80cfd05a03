"""Gymnasium environments; importing this registers the ids of all installed packages and nothing more."""

from coplug.envs.registration import register_installed

register_installed()
