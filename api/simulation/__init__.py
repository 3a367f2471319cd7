"""The demo world: invented people with real goods, driven through the public verbs."""
