"""Findings and corrective actions (clause 10.2): what each step needs, who takes it, and what comes of what was seen."""
