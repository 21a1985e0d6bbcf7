"""What training costs: measured, modelled, planned."""
