"""How good a policy is: exploitability, local best response, matches, reviews, and estimates with intervals."""
