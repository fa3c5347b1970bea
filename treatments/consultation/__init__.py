"""What patients and staff do with consultation requests; each act is one transaction."""
