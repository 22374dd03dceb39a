"""Every outside service, knowing nothing of compliance: what goes in and out is plain data of `base`."""
