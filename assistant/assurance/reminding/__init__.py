"""Reminders: what is due, who is told when, how a message goes out once, what people answer; calendars."""
