"""Audits: the certification cycle, the programme that covers everything, samples, the pack, the rehearsal."""
