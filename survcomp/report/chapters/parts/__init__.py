"""What several chapters hold."""
