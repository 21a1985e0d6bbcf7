"""What people see of work under way."""
