"""Rows and named queries; SQLite and PostgreSQL behind one door (`database.Database`)."""
