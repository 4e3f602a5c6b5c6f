"""Alipan (Aliyun Drive), by the web interface that its users' browsers speak: not a documented service."""
