"""Programs for trying the gateway: a sample ERP and a day of business that plays against it."""
