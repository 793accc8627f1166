"""How a document is laid out in Word."""
