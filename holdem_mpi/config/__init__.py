"""Configs as YAML files hold them: read strictly, completed once, compared by what decides the result."""
