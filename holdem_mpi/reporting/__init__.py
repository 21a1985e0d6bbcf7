"""What people see of work under way, and plots of what came out."""
