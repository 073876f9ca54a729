//! Scenes that need server, agent and CLI together, driven by real AWS clients. Everything is in `tests/`.
