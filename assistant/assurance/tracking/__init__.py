"""Tasks of corrective actions in a tracker: filed once, followed, settled where in doubt."""
