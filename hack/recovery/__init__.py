"""How fast the operator gets over what goes wrong: a bad release, its own death, the death of its leader."""
