"""Findings and corrective actions, their tasks elsewhere, the certification cycle, reminders, readiness, figures, the programme."""
