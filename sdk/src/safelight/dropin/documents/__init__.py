"""Documents of the database in memory: the same objects that mongoengine makes, with less work."""
