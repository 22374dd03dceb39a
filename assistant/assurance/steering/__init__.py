"""How the system is steered: key figures, management review, 12-month programme, lessons."""
