"""A small MLS that speaks RESO Web API (OData 4) like a real one, and can misbehave."""
