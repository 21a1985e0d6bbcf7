"""What training costs: measured on this machine, put into a model, and planned for a cluster."""
