"""What follows from an act: letters that go out while they are true, and tasks for the people at the clinic."""
