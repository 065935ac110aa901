"""What the business says: pure functions over the entities, without any port."""
