"""Units, people, roles, invitations and the rules of their sessions."""
