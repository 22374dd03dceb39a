"""Findings and corrective actions, the audit cycle, readiness, key figures: what keeps a certificate."""
